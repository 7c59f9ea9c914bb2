//! The examples of EventBridge's documentation and of its matcher's README, with `detail` as `data`.

use super::check;

#[test]
fn exact_values_match_as_eventbridge_documents() {
    let ec2 = r#"{"instance-id":"i-1234567890abcdef0","state":"terminated"}"#;
    check(&[
        (r#"{"state":["terminated"]}"#, ec2, true),
        (r#"{"state":["initializing","running"]}"#, ec2, false),
        (r#"{"state":["initializing","terminated"],"instance-id":["i-1234567890abcdef0"]}"#, ec2, true),
        (r#"{"state":["terminated"],"instance-id":["other"]}"#, ec2, false),
        (r#"{"eventVersion":[""]}"#, r#"{"eventVersion":""}"#, true),
        (r#"{"eventVersion":[""]}"#, r#"{"eventVersion":null}"#, false),
        (r#"{"responseElements":[null]}"#, r#"{"responseElements":null}"#, true),
        (r#"{"responseElements":[null]}"#, r#"{"responseElements":""}"#, false),
        (r#"{"responseElements":[null]}"#, "{}", false),
        (r#"{"on":[true]}"#, r#"{"on":true}"#, true),
        (r#"{"on":[true]}"#, r#"{"on":"true"}"#, false),
    ]);
}

#[test]
fn arrays_intersect_as_eventbridge_documents() {
    let instances = r#"{"resources":["arn:group/ASGTerminate","arn:instance/i-b188560f"]}"#;
    check(&[
        (r#"{"resources":["arn:instance/i-b188560f","arn:instance/i-111"]}"#, instances, true),
        (r#"{"resources":["arn:instance/i-111"]}"#, instances, false),
        (r#"{"resources":[{"prefix":"arn:group/"}]}"#, instances, true),
        (r#"{"resources":[{"anything-but":"arn:instance/i-b188560f"}]}"#, instances, true),
        (r#"{"resources":[{"anything-but":["a","b"]}]}"#, r#"{"resources":["a","b"]}"#, false),
        (r#"{"resources":["x"]}"#, r#"{"resources":[[],[["x"]]]}"#, true),
    ]);
}

#[test]
fn strings_compare_as_eventbridge_documents() {
    check(&[
        (r#"{"time":[{"prefix":"2017-10-02"}]}"#, r#"{"time":"2017-10-02T18:43:48Z"}"#, true),
        (r#"{"time":[{"prefix":"2017-10-03"}]}"#, r#"{"time":"2017-10-02T18:43:48Z"}"#, false),
        (r#"{"time":[{"prefix":"2"}]}"#, r#"{"time":2017}"#, false),
        (r#"{"FileName":[{"suffix":".png"}]}"#, r#"{"FileName":"image.png"}"#, true),
        (r#"{"FileName":[{"suffix":".png"}]}"#, r#"{"FileName":"image.PNG"}"#, false),
        (r#"{"detail-type":[{"equals-ignore-case":"ec2 instance"}]}"#, r#"{"detail-type":"EC2 Instance"}"#, true),
        (r#"{"detail-type":[{"equals-ignore-case":"ec2"}]}"#, r#"{"detail-type":"EC2 Instance"}"#, false),
        (r#"{"name":[{"equals-ignore-case":"ÉTÉ"}]}"#, r#"{"name":"été"}"#, true),
    ]);
}

#[test]
fn anything_but_matches_as_eventbridge_documents() {
    check(&[
        (r#"{"state":[{"anything-but":"initializing"}]}"#, r#"{"state":"running"}"#, true),
        (r#"{"state":[{"anything-but":"initializing"}]}"#, r#"{"state":"initializing"}"#, false),
        (r#"{"state":[{"anything-but":"initializing"}]}"#, "{}", false),
        (r#"{"state":[{"anything-but":"initializing"}]}"#, r#"{"state":{"a":1}}"#, false),
        (r#"{"state":[{"anything-but":"initializing"}]}"#, r#"{"state":[]}"#, false),
        (r#"{"state":[{"anything-but":"initializing"}]}"#, r#"{"state":null}"#, true),
        (r#"{"x-limit":[{"anything-but":123}]}"#, r#"{"x-limit":123}"#, false),
        (r#"{"x-limit":[{"anything-but":123}]}"#, r#"{"x-limit":"123"}"#, true),
        (r#"{"x-limit":[{"anything-but":[100,200,300]}]}"#, r#"{"x-limit":200.0}"#, false),
        (r#"{"x-limit":[{"anything-but":[100,200,300]}]}"#, r#"{"x-limit":201}"#, true),
        (r#"{"state":[{"anything-but":["stopped","overloaded"]}]}"#, r#"{"state":"overloaded"}"#, false),
        (r#"{"state":[{"anything-but":{"prefix":"init"}}]}"#, r#"{"state":"initializing"}"#, false),
        (r#"{"state":[{"anything-but":{"prefix":"init"}}]}"#, r#"{"state":"running"}"#, true),
        (r#"{"f":[{"anything-but":{"suffix":".txt"}}]}"#, r#"{"f":"a.txt"}"#, false),
        (r#"{"f":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}"#, r#"{"f":"a.rtf"}"#, false),
        (r#"{"f":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}"#, r#"{"f":"a.png"}"#, true),
    ]);
}

#[test]
fn numbers_and_existence_match_as_eventbridge_documents() {
    let counts = r#"{"c-count":5,"d-count":3,"x-limit":301.8}"#;
    let pattern = r#"{"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],"x-limit":[{"numeric":["=",3.018e2]}]}"#;
    check(&[
        (pattern, counts, true),
        (pattern, r#"{"c-count":6,"d-count":3,"x-limit":301.8}"#, false),
        (r#"{"c-count":[{"exists":true}]}"#, counts, true),
        (r#"{"c-count":[{"exists":false}]}"#, counts, false),
        (r#"{"c-count":[{"exists":false}]}"#, r#"{"state":["initializing"]}"#, true),
        (r#"{"c-count":[{"exists":false}]}"#, r#"{"c-count":{"c1":100}}"#, true),
        (r#"{"c-count":[{"exists":true}]}"#, r#"{"c-count":{"c1":100}}"#, false),
        (r#"{"c-count":[{"exists":true}]}"#, r#"{"c-count":null}"#, true),
        (r#"{"c-count":[{"exists":true}]}"#, r#"{"c-count":[]}"#, false),
        (r#"{"c-count":[{"exists":false}]}"#, r#"{"c-count":[]}"#, true),
        (r#"{"c-count":[{"exists":false}]}"#, r#"{"c-count":[{"c1":100}]}"#, true),
    ]);
}

#[test]
fn or_matches_as_eventbridge_documents() {
    let any = r#"{"$or":[{"c-count":[{"numeric":[">",0,"<=",5]}]},{"d-count":[{"numeric":["<",10]}]},{"x-limit":[{"numeric":["=",3.018e2]}]}]}"#;
    let nested = r#"{"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization","ReadLatency"]},
        {"metricType":["MetricType"],"namespace":["AWS/EC2"],"$or":[{"metricId":[1234]},{"spaceId":[1000]}]},{"scope":["Service"]}]}"#;
    check(&[
        (any, r#"{"c-count":9,"d-count":30,"x-limit":301.8}"#, true),
        (any, r#"{"c-count":9,"d-count":30,"x-limit":300}"#, false),
        (nested, r#"{"source":"aws.cloudwatch","metricName":"ReadLatency"}"#, true),
        (nested, r#"{"source":"aws.ec2","metricName":"ReadLatency"}"#, false),
        (nested, r#"{"source":"aws.cloudwatch","metricType":"MetricType","namespace":"AWS/EC2"}"#, false),
        (nested, r#"{"source":"aws.cloudwatch","metricType":"MetricType","namespace":"AWS/EC2","spaceId":1000}"#, true),
        (nested, r#"{"source":"aws.cloudwatch","scope":"Service"}"#, true),
    ]);
}

#[test]
fn objects_in_an_array_match_as_the_readme_documents() {
    let bands = r#"{"bands":[{"name":"The Clash","members":[{"given":"Joe","surname":"Strummer"},{"given":"Mick","surname":"Jones"}]},
        {"name":"Boney M","members":[{"given":"Bobby","surname":"Farrell"}]}]}"#;
    check(&[
        (r#"{"bands":{"members":{"given":["Mick"],"surname":["Strummer"]}}}"#, bands, false),
        (r#"{"bands":{"members":{"given":["Mick"],"surname":["Jones"]}}}"#, bands, true),
        (r#"{"bands":{"name":["Boney M"],"members":{"given":["Mick"]}}}"#, bands, false),
        (r#"{"bands":{"name":["The Clash"],"members":{"given":["Mick"]}}}"#, bands, true),
    ]);
}
