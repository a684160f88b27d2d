//! Photos come after consent, are what they say, and go with it.

use signing::{
    register::{
        assurance::Level,
        photo::{ConsentKind, PhotoKind},
    },
    service::{NewConsent, PersonQuestion, audit},
};

use crate::{
    house::{HOUR, House, TENANT},
    register::{code, face, front, portrait},
};

#[tokio::test]
async fn no_photo_without_its_consent() {
    let house = House::new().await;
    let id = house.resident().await;
    let add = |kind, file| house.signing.add_photo(TENANT, &id, kind, file);
    assert_eq!(
        code(add(PhotoKind::Portrait, portrait()).await),
        "consent-missing"
    );
    house
        .consent(&id, ConsentKind::DocumentPhoto)
        .await
        .unwrap();
    assert_eq!(
        code(add(PhotoKind::Portrait, portrait()).await),
        "consent-missing"
    );
    let kept = add(PhotoKind::DocumentFront, front()).await.unwrap();
    assert_eq!(kept.format, "image/png");
    let file = house.signing.photo(TENANT, &id, &kept.photo).await.unwrap();
    assert_eq!(file.file, front());
    assert_eq!(code(house.check(&id, face()).await), "consent-missing");
    house.consent(&id, ConsentKind::Portrait).await.unwrap();
    assert_eq!(code(house.check(&id, face()).await), "portrait-missing");
    assert_eq!(house.register.count(), 0, "nobody was asked");
}

#[tokio::test]
async fn a_consent_says_to_what_text_when_and_in_which_language() {
    let house = House::new().await;
    let id = house.resident().await;
    let consent = |version: &str, text: &str, given| NewConsent {
        kind: ConsentKind::Portrait,
        version: version.to_owned(),
        language: "zh-CN".to_owned(),
        text: text.to_owned(),
        given,
    };
    let now = house.now();
    let wrong = [
        consent("", "同意", None),
        consent("1 or 2", "同意", None),
        consent("1", " ", None),
        consent("1", "同意", Some(now + 1)),
        consent("1", "同意", Some(now - 8 * 24 * HOUR)),
    ];
    for consent in wrong {
        let refused = house.signing.give_consent(TENANT, &id, consent).await;
        assert_eq!(code(refused), "invalid-field");
    }
    let given = consent("3.1", "同意", Some(now - HOUR));
    house
        .signing
        .give_consent(TENANT, &id, given)
        .await
        .unwrap();
    let kept = &house.person(&id).await.consents[0];
    assert_eq!(
        (kept.version.as_str(), kept.language.as_str(), kept.given),
        ("3.1", "zh-CN", now - HOUR)
    );
    assert_eq!(
        kept.text,
        crypto::digest(crypto::Hash::Sm3, "同意".as_bytes())
    );
}

#[tokio::test]
async fn withdrawing_a_consent_destroys_what_was_kept_under_it() {
    let house = House::new().await;
    let id = house.resident().await;
    house
        .consent(&id, ConsentKind::DocumentPhoto)
        .await
        .unwrap();
    let document = house
        .signing
        .add_photo(TENANT, &id, PhotoKind::DocumentFront, front());
    let document = document.await.unwrap().photo;
    let photo = house.portrait(&id).await;
    house.check(&id, PersonQuestion::Person).await.unwrap();
    house.check(&id, PersonQuestion::Phone).await.unwrap();
    assert_eq!(house.check(&id, face()).await.unwrap().level, Level::High);

    let consent = house.person(&id).await.consents[1].consent.clone();
    let withdraw = || {
        house
            .signing
            .withdraw_consent(TENANT, &id, ConsentKind::Portrait)
    };
    withdraw().await.unwrap();
    let view = house.person(&id).await;
    assert_eq!(
        view.level,
        Level::Substantial,
        "no level rests on a face that is gone"
    );
    assert_eq!((view.photos.len(), view.consents.len()), (1, 1));
    assert_eq!(
        code(house.signing.photo(TENANT, &id, &photo).await),
        "not-found"
    );
    let key = format!("consent/{consent}");
    assert!(house.store.data_key(TENANT, &key).await.is_err());
    house.signing.photo(TENANT, &id, &document).await.unwrap();
    assert_eq!(code(withdraw().await), "consent-missing");

    // A new consent to the same is another one: what was under the old one is gone too.
    house
        .consent(&id, ConsentKind::DocumentPhoto)
        .await
        .unwrap();
    assert_eq!(
        code(house.signing.photo(TENANT, &id, &document).await),
        "not-found"
    );
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn a_clerk_who_saw_the_document_photographs_it() {
    let house = House::new().await;
    let id = house.resident().await;
    house.check(&id, PersonQuestion::Person).await.unwrap();
    let seen = || {
        let clerk = "teller-7".to_owned();
        house.check(&id, PersonQuestion::DocumentSeen { clerk })
    };
    assert_eq!(code(seen().await), "photo-missing");
    house
        .consent(&id, ConsentKind::DocumentPhoto)
        .await
        .unwrap();
    let added = house
        .signing
        .add_photo(TENANT, &id, PhotoKind::DocumentFront, front());
    added.await.unwrap();
    assert_eq!(seen().await.unwrap().level, Level::High);
    assert_eq!(house.register.asked.lock().unwrap().as_slice(), ["person"]);
}

#[tokio::test]
async fn an_upload_that_is_not_what_it_says_is_refused() {
    let house = House::new().await;
    let id = house.resident().await;
    house.consent(&id, ConsentKind::Portrait).await.unwrap();
    let (photo, picture) = (portrait(), front());
    let mut long = photo.to_vec();
    long.resize((8 << 20) + 1, 0);
    let mut wide = picture.to_vec();
    // The width of a PNG is at its sixteenth byte.
    wide[16] = 0x7f;
    let wrong: [&[u8]; 10] = [
        b"",
        b"%PDF-1.7\n1 0 obj\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\x00\x01\x00",
        b"\xff\xd8\xff\xe0<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<html>",
        &photo[..40],
        &picture[..30],
        &long,
        &wide,
    ];
    for file in wrong {
        let file = bytes::Bytes::copy_from_slice(file);
        let refused = house
            .signing
            .add_photo(TENANT, &id, PhotoKind::Portrait, file.clone())
            .await;
        let error = refused
            .err()
            .unwrap_or_else(|| panic!("{:?}", &file[..file.len().min(20)]));
        assert_eq!(error.code(), "invalid-field");
        assert!(error.to_string().starts_with("photo: "), "{error}");
    }
    assert!(house.person(&id).await.photos.is_empty());
}
