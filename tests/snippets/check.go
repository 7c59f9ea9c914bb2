package main

import (
	"encoding/json"
	"net/http"
	"os"
	"time"
)

func main() {
	var requests []struct {
		Profile, Body, Secret string
		Headers               map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	genuine := []bool{}
	for _, r := range requests {
		headers := http.Header{}
		for name, value := range r.Headers {
			headers.Set(name, value)
		}
		switch body := []byte(r.Body); r.Profile {
		case "awsys":
			genuine = append(genuine, awsys(body, headers, r.Secret))
		case "go2":
			genuine = append(genuine, go2(body, headers, r.Secret))
		default:
			genuine = append(genuine, standard(body, headers, r.Secret, time.Now()))
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(genuine); err != nil {
		panic(err)
	}
}
