// Go, standard library only. body is the raw body.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func sum(key, data []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

// hmac.Equal compares the lengths first, then in constant time.
func same(given, expected string) bool {
	return hmac.Equal([]byte(given), []byte(expected))
}

func awsys(body []byte, headers http.Header, secret string) bool {
	return same(headers.Get("X-Awsys-Signature"), hex.EncodeToString(sum([]byte(secret), body)))
}

func go2(body []byte, headers http.Header, secret string) bool {
	return same(headers.Get("X-Webhook-Signature"), "sha256="+hex.EncodeToString(sum([]byte(secret), body)))
}

func standard(body []byte, headers http.Header, secret string, now time.Time) bool {
	id, timestamp := headers.Get("Webhook-Id"), headers.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false // an old request sent again
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	signed := append([]byte(id+"."+timestamp+"."), body...)
	expected := "v1," + base64.StdEncoding.EncodeToString(sum(key, signed))
	for _, signature := range strings.Split(headers.Get("Webhook-Signature"), " ") {
		if same(signature, expected) {
			return true
		}
	}
	return false
}
