//! A returning signer's password.

use signing::{
    SigningError,
    register::{
        Refused,
        assurance::Level,
        password::{PROVES, Shown},
    },
    service::Proven,
};

use crate::{
    house::{HOUR, House, TENANT},
    register::code,
};

const RIGHT: &str = "correct horse battery";

async fn with_password() -> (House, String) {
    let house = House::new().await;
    let id = house.resident().await;
    let set = house
        .signing
        .set_password(TENANT, &id, RIGHT.to_owned().into());
    set.await.unwrap();
    (house, id)
}

async fn try_it(house: &House, id: &str, password: &str) -> Result<Proven, SigningError> {
    house
        .signing
        .check_password(TENANT, id, password.to_owned().into())
        .await
}

#[tokio::test]
async fn the_right_password_proves_a_returning_person_for_a_while() {
    let (house, id) = with_password().await;
    let proven = try_it(&house, &id, RIGHT).await.unwrap();
    assert_eq!(proven.person, id);
    assert_eq!(proven.expires, house.now() + PROVES);
    let mut shown = Shown {
        password: Some(proven.at),
        ..Shown::default()
    };
    assert!(shown.suffices(proven.alone, house.now()));
    assert!(!shown.suffices(Level::Substantial, house.now()));
    shown.code = Some(house.now());
    assert!(shown.suffices(Level::Substantial, house.now()));
    assert!(!shown.suffices(Level::Low, proven.expires));
    for weak in ["short", "aaaaaaaaaaaa", &"a1".repeat(65)] {
        let set = house
            .signing
            .set_password(TENANT, &id, weak.to_owned().into());
        assert_eq!(code(set.await), "invalid-field");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_guesses_at_once_five_are_looked_at() {
    let (house, id) = with_password().await;
    let other = house.node().await;
    let guess = |n: usize| {
        let signing = if n.is_multiple_of(2) {
            house.signing.clone()
        } else {
            other.clone()
        };
        let id = id.clone();
        tokio::spawn(async move {
            let guess = format!("a guess {n}");
            code(signing.check_password(TENANT, &id, guess.into()).await)
        })
    };
    let tasks: Vec<_> = (0..60).map(guess).collect();
    for task in tasks {
        let code = task.await.unwrap();
        assert!(
            ["password-wrong", "password-paused", "contract-changed"].contains(&code.as_str()),
            "{code}"
        );
    }
    let events = house.store.events(TENANT, "person", &id, 0).await.unwrap();
    let tried = events.iter().filter(|event| event.kind == "password-tried");
    assert_eq!(tried.count(), 5);
    // Not even the right one is looked at now.
    assert_eq!(code(try_it(&house, &id, RIGHT).await), "password-paused");
    house.wait(60 * 1000);
    try_it(&house, &id, RIGHT).await.unwrap();
}

/// Unknown, cancelled, without a password: the same answers in the same order.
#[tokio::test]
async fn nobody_is_answered_like_somebody() {
    let (house, id) = with_password().await;
    let answers = |id: String| {
        let house = &house;
        async move {
            let mut answers = Vec::new();
            for _ in 0..7 {
                answers.push(match try_it(house, &id, "a guess").await {
                    Err(SigningError::Register(refused)) => refused,
                    other => panic!("{other:?}"),
                });
            }
            answers
        }
    };
    let of_somebody = answers(id.clone()).await;
    assert_eq!(of_somebody[0], Refused::PasswordWrong { left: 4 });
    assert_eq!(of_somebody[4], Refused::PasswordWrong { left: 0 });
    let until = house.now() + 60 * 1000;
    assert_eq!(of_somebody[5], Refused::PasswordPaused { until });
    assert_eq!(answers("nobody".to_owned()).await, of_somebody);

    house.wait(HOUR);
    house.signing.cancel_person(TENANT, &id).await.unwrap();
    let without = house.resident().await;
    let fresh = answers(without).await;
    assert_eq!(answers(id).await, fresh);
    assert_eq!(fresh[0], Refused::PasswordWrong { left: 4 });
}
