use std::cell::Cell;

use super::*;
use crate::ports::CallError;

fn rejected() -> CallError {
    CallError::TokenRejected(WechatReply { errcode: Some(40001), rid: None })
}

/// Makes a call that succeeds with this token only; the result and how often it was made.
async fn call_with(harness: &Harness, right: &str) -> (Result<String, CallError>, usize) {
    let calls = Cell::new(0);
    let call = |carried: WechatAccessToken| {
        calls.set(calls.get() + 1);
        let result = if carried == token(right) { Ok("done".to_owned()) } else { Err(rejected()) };
        async { result }
    };
    let result = harness.tokens.with_token(&app_id(), call).await;
    (result, calls.get())
}

#[tokio::test]
async fn a_call_is_repeated_with_another_token() {
    let harness = harness(answering(vec![Ok(named("first")), Ok(named("second"))]));
    assert_eq!(call_with(&harness, "second").await, (Ok("done".to_owned()), 2));
    assert_eq!(call_with(&harness, "second").await, (Ok("done".to_owned()), 1));
}

#[tokio::test]
async fn a_call_is_never_repeated_twice() {
    let harness =
        harness(answering(vec![Ok(named("first")), Ok(named("second")), Ok(named("third"))]));
    assert_eq!(call_with(&harness, "none").await, (Err(rejected()), 2));
    assert_eq!(call_with(&harness, "third").await, (Ok("done".to_owned()), 2));
}

#[tokio::test]
async fn a_call_is_not_repeated_with_the_same_token() {
    let harness = harness(answering(vec![Ok(named("first")), Ok(named("first"))]));
    assert_eq!(call_with(&harness, "none").await, (Err(rejected()), 1));
    assert_eq!(call_with(&harness, "none").await, (Err(rejected()), 1), "and WeChat is not asked");
}

#[tokio::test]
async fn other_failures_of_a_call_are_not_repeated() {
    let harness = harness(answering(vec![Ok(named("first"))]));
    let calls = Cell::new(0);
    let call = |_| {
        calls.set(calls.get() + 1);
        async { Err::<(), _>(CallError::from(unavailable(2))) }
    };
    let result = harness.tokens.with_token(&app_id(), call).await;
    assert_eq!((result, calls.get()), (Err(unavailable(2).into()), 1));
}

#[tokio::test]
async fn without_a_token_no_call_is_made() {
    let harness = harness(answering(vec![Err(unavailable(2))]));
    assert_eq!(call_with(&harness, "first").await, (Err(unavailable(2).into()), 0));
}
