use serde_json::json;

use super::*;

#[tokio::test]
async fn a_message_comes_with_the_attributes_asked_for_and_no_others() {
    let sqs = sqs_with(json!({})).await;
    let attributes = json!({ "a.b": text_attribute("1"), "c": text_attribute("2") });
    let sent = json!({ "MessageBody": "x", "MessageAttributes": attributes, "MessageGroupId": "wh_1" });
    call(&sqs, "SendMessage", sent).await.unwrap();
    let bare = receive(&sqs, json!({ "VisibilityTimeout": 0 })).await;
    assert!(bare[0].get("MessageAttributes").is_none() && bare[0].get("Attributes").is_none());
    let some =
        json!({ "VisibilityTimeout": 0, "MessageAttributeNames": ["a.*"], "AttributeNames": ["MessageGroupId"] });
    let some = receive(&sqs, some).await;
    assert_eq!(some[0]["MessageAttributes"], json!({ "a.b": text_attribute("1") }));
    assert_eq!(some[0]["Attributes"], json!({ "MessageGroupId": "wh_1" }));
    let all = json!({ "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"] });
    let all = receive(&sqs, all).await;
    assert_eq!(all[0]["MessageAttributes"], attributes);
    assert_eq!(all[0]["Attributes"]["ApproximateReceiveCount"], "3");
}

#[tokio::test]
async fn a_batch_accepts_and_refuses_each_entry_by_itself() {
    let sqs = sqs_with(json!({})).await;
    let entries = json!([
        { "Id": "good", "MessageBody": "x" },
        { "Id": "bad", "MessageBody": "a\u{fffe}b" },
        { "Id": "late", "MessageBody": "x", "DelaySeconds": 901 },
    ]);
    let answer = call(&sqs, "SendMessageBatch", json!({ "Entries": entries })).await.unwrap();
    assert_eq!(answer["Successful"].as_array().unwrap().len(), 1);
    assert_eq!(answer["Failed"][0]["Id"], "bad");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidMessageContents");
    assert_eq!(answer["Failed"][0]["SenderFault"], true);
    assert_eq!(answer["Failed"][1]["Id"], "late");
    assert_eq!(sqs.counts("q").visible, 1);
}

#[tokio::test]
async fn a_batch_that_is_wrong_as_a_whole_is_refused_as_a_whole() {
    let sqs = sqs_with(json!({})).await;
    let entry = |id: &str, bytes: usize| json!({ "Id": id, "MessageBody": "x".repeat(bytes) });
    let half = limits::MAX_MESSAGE_BYTES / 2;
    let eleven: Vec<_> = (0..11).map(|number| entry(&number.to_string(), 1)).collect();
    let cases = [
        (json!([]), "EmptyBatchRequest"),
        (json!(eleven), "TooManyEntriesInBatchRequest"),
        (json!([entry("a", 1), entry("a", 1)]), "BatchEntryIdsNotDistinct"),
        (json!([entry("a b", 1)]), "InvalidBatchEntryId"),
        (json!([entry("a", half), entry("b", half + 1)]), "BatchRequestTooLong"),
    ];
    for (entries, expected) in cases {
        let answer = call(&sqs, "SendMessageBatch", json!({ "Entries": entries })).await;
        assert_eq!(code(answer), expected);
    }
    assert_eq!(sqs.counts("q").total(), 0);
}

#[tokio::test]
async fn a_message_may_have_one_mebibyte_and_no_byte_more() {
    let sqs = sqs_with(json!({})).await;
    send(&sqs, &"x".repeat(limits::MAX_MESSAGE_BYTES)).await;
    let more = json!({ "MessageBody": "x".repeat(limits::MAX_MESSAGE_BYTES + 1) });
    assert_eq!(code(call(&sqs, "SendMessage", more).await), "InvalidParameterValueException");
    let with_attribute = json!({
        "MessageBody": "x".repeat(limits::MAX_MESSAGE_BYTES - 10),
        "MessageAttributes": { "name": text_attribute("value") },
    });
    assert_eq!(code(call(&sqs, "SendMessage", with_attribute).await), "InvalidParameterValueException");
}

#[tokio::test]
async fn a_binary_attribute_comes_back_as_it_was_sent() {
    let sqs = sqs_with(json!({})).await;
    let attributes = json!({ "b": { "DataType": "Binary", "BinaryValue": "AAH/" } });
    call(&sqs, "SendMessage", json!({ "MessageBody": "x", "MessageAttributes": attributes })).await.unwrap();
    let received = receive(&sqs, json!({ "MessageAttributeNames": ["All"] })).await;
    assert_eq!(received[0]["MessageAttributes"], attributes);
    let broken = json!({ "b": { "DataType": "Binary", "BinaryValue": "not base64!" } });
    let refused = call(&sqs, "SendMessage", json!({ "MessageBody": "x", "MessageAttributes": broken })).await;
    assert_eq!(code(refused), "SerializationException");
}
