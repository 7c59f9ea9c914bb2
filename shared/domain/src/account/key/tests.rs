use super::*;

#[test]
fn a_key_is_found_by_its_hash_and_does_not_print_itself() {
    let key = ApiKeySecret::generate([7; 32]);
    assert_eq!(key.hash(), KeyHash::of(key.reveal()));
    assert_eq!(format!("{key:?}"), "ApiKeySecret(…)");
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn operators(expires_at: Option<Timestamp>) -> OperatorKey {
    OperatorKey { hash: KeyHash::of("phk_1"), name: None, created_at: at(0), expires_at }
}

fn accounts(expires_at: Option<Timestamp>) -> ApiKey {
    ApiKey {
        hash: KeyHash::of("phk_1"),
        account: AccountId::parse("acme").unwrap(),
        profile: ProfileName::parse("standard").unwrap(),
        scopes: Scopes::new([Scope::Read]),
        name: None,
        created_at: at(0),
        expires_at,
    }
}

#[test]
fn a_key_is_stored_under_its_sha_256_and_called_by_the_beginning() {
    assert_eq!(KeyHash::of("phk_1").as_str(), "eecbbd642947b08d690f608da14a25adb78e34295ea08805869533673d28c633");
    assert_eq!([accounts(None).id(), operators(None).id()], ["eecbbd642947b08d"; 2]);
}

#[test]
fn a_key_counts_until_exactly_its_end() {
    for (expires_at, now, expired) in [(None, 9, false), (Some(at(5)), 4, false), (Some(at(5)), 5, true)] {
        assert_eq!(operators(expires_at).has_expired(at(now)), expired, "{expires_at:?} {now}");
        assert_eq!(accounts(expires_at).has_expired(at(now)), expired, "{expires_at:?} {now}");
    }
}

#[test]
fn a_scope_has_one_name_in_requests_and_in_the_table() {
    for (scope, name) in [(Scope::Manage, "manage"), (Scope::Publish, "publish"), (Scope::Read, "read")] {
        assert_eq!((scope.as_str(), Scope::parse(name)), (name, Some(scope)));
        assert_eq!(serde_json::json!(scope), serde_json::json!(name));
    }
    assert_eq!((Scope::parse(""), Scope::parse("Read")), (None, None));
}

#[test]
fn only_an_operators_key_claims_to_be_one() {
    for (key, operators) in [(ApiKeySecret::of_operator([7; 32]), true), (ApiKeySecret::generate([7; 32]), false)] {
        assert_eq!(claims_to_be_operators(key.reveal()), operators);
    }
}

#[test]
fn scopes_are_listed_once_each_in_their_order() {
    let scopes = Scopes::new([Scope::Read, Scope::Manage, Scope::Read]);
    assert_eq!(scopes.iter().collect::<Vec<_>>(), [Scope::Manage, Scope::Read]);
}

#[test]
fn managing_includes_reading_and_nothing_includes_publishing() {
    for (scopes, allowed) in [
        (vec![Scope::Manage], vec![Scope::Manage, Scope::Read]),
        (vec![Scope::Read], vec![Scope::Read]),
        (vec![Scope::Publish], vec![Scope::Publish]),
        (vec![Scope::Read, Scope::Manage], vec![Scope::Manage, Scope::Read]),
        (vec![], vec![]),
    ] {
        let scopes = Scopes::new(scopes);
        let found: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| scopes.allow(*scope)).collect();
        assert_eq!(found, allowed, "{scopes:?}");
    }
}
