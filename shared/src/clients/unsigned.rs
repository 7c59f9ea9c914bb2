//! Requests without a signature, for endpoints of this machine that check none.
//!
//! Signing takes a fifth of the instructions that an event needs there (docs/design/adr/0040-sign-nothing-on-one-machine.md).

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextMut},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;

/// Has the form of a signature, which is what an embedded `DynamoDB` looks for.
const FORM: &str =
    "AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=none";
const DATE: &str = "20000101T000000Z";

/// Adds the headers of a signature that signs nothing.
#[derive(Debug)]
pub(super) struct Unsigned;

impl Intercept for Unsigned {
    fn name(&self) -> &'static str {
        "Unsigned"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert("authorization", FORM);
        headers.insert("x-amz-date", DATE);
        Ok(())
    }
}
