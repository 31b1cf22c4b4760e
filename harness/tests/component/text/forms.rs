//! Normal and search forms of text: server and database compute the same ones, on every version.

use agora::{normal_form, search_form};
use agora_harness::{Database, TestApp, stack};
use aws_lc_rs::digest::{SHA256, digest};

use super::titles::{Dice, title};

/// Digest of the results of `search_vector` and `normal_form` for the corpus.
const DIGEST: &str = "2e44c4c03f52fa65e7bfd966dda856c1060817c17529c9b21bd31d979a5ca238";

/// Unicode blocks with letters that have more than one form, and with word separators.
const BLOCKS: [std::ops::Range<u32>; 5] =
    [1..0x3400, 0xa000..0xac00, 0xf900..0x17000, 0x1a000..0x20000, 0xe_0000..0xe_1000];

/// Compares both forms of these texts with the results of the database.
async fn compare(app: &TestApp, texts: Vec<String>) {
    let forms =
        "select array_agg(normal_form(text) order by place), array_agg(search_form(text) order by place)
        from unnest($1::text[]) with ordinality as given (text, place)";
    for texts in texts.chunks(10_000) {
        let row = app.database.client().query_one(forms, &[&texts]).await.expect("runs");
        let (normal, search): (Vec<String>, Vec<String>) = (row.get(0), row.get(1));
        for (text, (normal, search)) in texts.iter().zip(normal.into_iter().zip(search)) {
            assert_eq!(normal_form(text), normal, "{text:?}");
            assert_eq!(search_form(text), search, "{text:?}");
        }
    }
}

fn within(codes: impl Iterator<Item = u32>) -> Vec<String> {
    codes
        .filter_map(char::from_u32)
        .flat_map(|letter| [letter.to_string(), format!("a{letter} {letter}b")])
        .collect()
}

#[tokio::test]
async fn server_and_database_have_the_same_forms() {
    let app = TestApp::start().await;
    compare(&app, within(BLOCKS.into_iter().flatten())).await;
    let mut dice = Dice::new(1);
    compare(&app, (0..2_000).map(|_| title(&mut dice)).collect()).await;
    let any = |dice: &mut Dice| {
        let letters = (0..12).filter_map(|_| char::from_u32(1 + dice.below(0x1_ffff)));
        letters.collect::<String>()
    };
    compare(&app, (0..2_000).map(|_| any(&mut dice)).collect()).await;
}

#[tokio::test]
#[ignore = "takes minutes; run by ./justw test-large"]
async fn server_and_database_have_the_same_forms_of_every_character() {
    let app = TestApp::start().await;
    compare(&app, within(1..0x11_0000)).await;
}

/// Returns the digest of the results of a database for the corpus.
async fn digest_of(database: &Database) -> String {
    let mut dice = Dice::new(2);
    let corpus: Vec<String> = (0..3_000).map(|_| title(&mut dice)).collect();
    let forms = "select string_agg(search_vector(text)::text || normal_form(text), ' ' order by place)
        from unnest($1::text[]) with ordinality as given (text, place)";
    let forms: String = database.client().query_one(forms, &[&corpus]).await.expect("runs").get(0);
    digest(&SHA256, forms.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest is the same on PostgreSQL 15, 16, 17 and 18, so any version that runs the tests must produce it.
#[tokio::test]
async fn every_version_and_locale_of_the_database_gives_the_same_forms() {
    assert_eq!(digest_of(&Database::create().await).await, DIGEST);
    let (plain, url) = Database::create_empty("locale 'C' template template0").await;
    let config = stack::config(&url, &[]).expect("is usable");
    let owner: tokio_postgres::Config = url.parse().expect("a URL");
    let grant = format!("grant agora_owner to {}", owner.get_user().expect("a user"));
    plain.client().batch_execute(&grant).await.expect("runs");
    agora::migrate(&config).await.expect("migrates");
    assert_eq!(digest_of(&plain).await, DIGEST, "with letters of ASCII alone");
}
