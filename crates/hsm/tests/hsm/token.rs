//! Tokens of `SoftHSM2`, in a folder of this process.

use std::{
    ffi::c_ulong,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crypto::Suite;
use cryptoki::{context::Pkcs11 as Context, session::Session, slot::Slot};
use hsm::{Pin, Pkcs11, Pkcs11Settings};
use tempfile::TempDir;

pub const PIN: &str = "a pin of length";
const OFFICER: &str = "officer's pin";

/// The library, as Debian installs it.
pub fn library() -> PathBuf {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
    ];
    let mut places = places.into_iter().map(PathBuf::from);
    let found = places.find(|place| place.exists());
    found.expect("SoftHSM2 is missing: run ./dev setup")
}

/// The folder of all tokens of this process; `SoftHSM2` finds it by a variable.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let tokens = folder.path().join("tokens");
        fs::create_dir(&tokens).unwrap();
        let conf = folder.path().join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(&conf, text).unwrap();
        #[expect(
            unsafe_code,
            reason = "SoftHSM2 reads its configuration from a variable"
        )]
        // SAFETY: each test has a process of its own, and this is before its threads.
        unsafe {
            std::env::set_var("SOFTHSM2_CONF", conf);
        }
        folder
    });
    folder.path()
}

type Close = unsafe extern "C" fn(c_ulong) -> c_ulong;

/// A token with a PIN.
pub struct Token {
    pub label: &'static str,
    pin: PathBuf,
}

impl Token {
    pub fn new(label: &'static str) -> Self {
        let folder = folder();
        let mut init = Command::new("softhsm2-util");
        init.args(["--init-token", "--free", "--label", label]);
        init.args(["--pin", PIN, "--so-pin", OFFICER]);
        let said = init.output().expect("SoftHSM2 is missing: run ./dev setup");
        assert!(said.status.success(), "{said:?}");
        let pin = folder.join(format!("{label}.pin"));
        let token = Self { label, pin };
        token.write_pin(PIN);
        token
    }

    /// What is in the PIN file.
    pub fn write_pin(&self, pin: &str) {
        fs::write(&self.pin, format!("{pin}\n")).unwrap();
    }

    /// All that there is in one module.
    pub fn settings(&self) -> Pkcs11Settings {
        Pkcs11Settings {
            library: library(),
            token: self.label.to_owned(),
            pin: Pin::File(self.pin.clone()),
            sessions: 4,
            suites: Suite::ALL.to_vec(),
            labels: Vec::new(),
        }
    }

    pub fn open(&self) -> Pkcs11 {
        Pkcs11::open(self.settings()).unwrap()
    }

    /// Another user of the library in this process, which is initialised.
    pub fn other(&self) -> (Context, Slot) {
        let context = Context::new(library()).unwrap();
        let slots = context.get_slots_with_token().unwrap();
        let ours = |slot: &Slot| context.get_token_info(*slot).unwrap().label() == self.label;
        let slot = slots.into_iter().find(ours).unwrap();
        (context, slot)
    }

    pub fn session(&self) -> Session {
        let (context, slot) = self.other();
        context.open_rw_session(slot).unwrap()
    }

    /// Closes all sessions with it in this process, which ends the login too.
    #[expect(
        unsafe_code,
        reason = "a function of PKCS#11 that cryptoki does not have"
    )]
    pub fn close_sessions(&self) {
        let slot = self.other().1.id();
        // SAFETY: the library is loaded already; the signature is that of PKCS#11, 5.6.
        let answer = unsafe {
            let library = libloading::Library::new(library()).unwrap();
            library.get::<Close>(b"C_CloseAllSessions").unwrap()(slot)
        };
        assert_eq!(answer, 0);
    }
}

/// Takes the tokens of this process away, and gives back what brings them again.
pub fn take_away() -> impl FnOnce() + use<> {
    let (here, away) = (folder().join("tokens"), folder().join("away"));
    fs::rename(&here, &away).unwrap();
    fs::create_dir(&here).unwrap();
    move || {
        fs::remove_dir(&here).unwrap();
        fs::rename(&away, &here).unwrap();
    }
}
