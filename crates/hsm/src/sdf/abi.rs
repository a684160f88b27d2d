//! The C interface of GM/T 0018-2012, as far as it is used here: the only place of the
//! repository with `unsafe`. What goes out of this file is owned, checked and safe.

#![expect(
    unsafe_code,
    reason = "a vendor's library is loaded and called through its C interface"
)]

use std::{ffi::c_void, path::Path, ptr::NonNull};

use libloading::Library;
use zeroize::Zeroizing;

use super::code::Code;

/// Bytes of a number (`ECCref_MAX_LEN`, for 512 bits).
const NUMBER: usize = 64;
/// Coordinates, 32 bytes each.
pub(super) type Point = ([u8; 32], [u8; 32]);

/// Bits of the SM2 curve.
const BITS: u32 = 256;

type Pointer = *mut c_void;

/// `ECCrefPublicKey` (6.3.5).
#[repr(C)]
struct PublicKey {
    bits: u32,
    x: [u8; NUMBER],
    y: [u8; NUMBER],
}

/// `ECCSignature` (6.3.7).
#[repr(C)]
struct Signature {
    r: [u8; NUMBER],
    s: [u8; NUMBER],
}

/// Room for an answer, and for a library whose structure is longer than the standard's.
#[repr(C)]
struct Room<T> {
    answer: T,
    spare: [u8; 1024],
}

/// An open device.
pub(super) struct DeviceHandle(NonNull<c_void>);

/// An open session.
pub(super) struct SessionHandle(NonNull<c_void>);

// SAFETY: a handle is a number of the library's, never read through here; GM/T 0018, 6.2
// lets several threads share a device.
unsafe impl Send for DeviceHandle {}
// SAFETY: as above; a session is used by one thread at a time and bound to none.
unsafe impl Send for SessionHandle {}

/// The functions of a loaded library.
pub(super) struct Functions {
    open_device: unsafe extern "C" fn(*mut Pointer) -> u32,
    close_device: unsafe extern "C" fn(Pointer) -> u32,
    open_session: unsafe extern "C" fn(Pointer, *mut Pointer) -> u32,
    close_session: unsafe extern "C" fn(Pointer) -> u32,
    get_right: unsafe extern "C" fn(Pointer, u32, *mut u8, u32) -> u32,
    export_public: unsafe extern "C" fn(Pointer, u32, *mut PublicKey) -> u32,
    sign: unsafe extern "C" fn(Pointer, u32, *mut u8, u32, *mut Signature) -> u32,
    /// Holds the code in memory; the pointers above are good for as long.
    _library: Library,
}

impl Functions {
    /// Loads a library. The error says what is missing.
    pub fn load(path: &Path) -> Result<Self, String> {
        // SAFETY: loading runs the library's initialisers. That is what an operator asks
        // for who names a vendor's library in the configuration.
        let library = unsafe { Library::new(path) }.map_err(|error| error.to_string())?;
        // SAFETY: each signature is the standard's for this name, and the library is kept
        // for as long as the pointers.
        unsafe {
            Ok(Self {
                open_device: symbol(&library, "SDF_OpenDevice")?,
                close_device: symbol(&library, "SDF_CloseDevice")?,
                open_session: symbol(&library, "SDF_OpenSession")?,
                close_session: symbol(&library, "SDF_CloseSession")?,
                get_right: symbol(&library, "SDF_GetPrivateKeyAccessRight")?,
                export_public: symbol(&library, "SDF_ExportSignPublicKey_ECC")?,
                sign: symbol(&library, "SDF_InternalSign_ECC")?,
                _library: library,
            })
        }
    }

    pub fn open_device(&self) -> Result<DeviceHandle, Code> {
        let mut handle = std::ptr::null_mut();
        // SAFETY: the pointer is to a local that outlives the call.
        check(unsafe { (self.open_device)(&raw mut handle) })?;
        NonNull::new(handle)
            .map(DeviceHandle)
            .ok_or(Code::OPEN_DEVICE)
    }

    #[expect(clippy::needless_pass_by_value, reason = "the handle ends here")]
    pub fn close_device(&self, device: DeviceHandle) -> Result<(), Code> {
        // SAFETY: the handle is from `open_device` and ends here.
        check(unsafe { (self.close_device)(device.0.as_ptr()) })
    }

    pub fn open_session(&self, device: &DeviceHandle) -> Result<SessionHandle, Code> {
        let mut handle = std::ptr::null_mut();
        // SAFETY: the device is open, the pointer is to a local that outlives the call.
        check(unsafe { (self.open_session)(device.0.as_ptr(), &raw mut handle) })?;
        NonNull::new(handle)
            .map(SessionHandle)
            .ok_or(Code::OPEN_SESSION)
    }

    #[expect(clippy::needless_pass_by_value, reason = "the handle ends here")]
    pub fn close_session(&self, session: SessionHandle) -> Result<(), Code> {
        // SAFETY: the handle is from `open_session` and ends here.
        check(unsafe { (self.close_session)(session.0.as_ptr()) })
    }

    /// Opens a private key for this session.
    pub fn get_right(
        &self,
        session: &SessionHandle,
        index: u32,
        password: &str,
    ) -> Result<(), Code> {
        let mut password = Zeroizing::new(password.as_bytes().to_vec());
        let length = u32::try_from(password.len()).map_err(|_| Code::INPUT)?;
        // SAFETY: the session is open; the password is a copy of `length` bytes of our own.
        check(unsafe { (self.get_right)(session.0.as_ptr(), index, password.as_mut_ptr(), length) })
    }

    /// The public half of a signing key; zeros when it is not of 256 bits.
    pub fn export_public(&self, session: &SessionHandle, index: u32) -> Result<Point, Code> {
        let mut room = Room {
            answer: PublicKey {
                bits: 0,
                x: [0; NUMBER],
                y: [0; NUMBER],
            },
            spare: [0; 1024],
        };
        // From the whole room: a longer structure may be written into the spare bytes.
        let answer = (&raw mut room).cast();
        // SAFETY: the session is open; the answer is written into a local with room to
        // spare, of which every pattern of bits is good.
        check(unsafe { (self.export_public)(session.0.as_ptr(), index, answer) })?;
        let PublicKey { bits, x, y } = room.answer;
        match (short(&x), short(&y)) {
            (Some(x), Some(y)) if bits == BITS => Ok((x, y)),
            _ => Ok(([0; 32], [0; 32])),
        }
    }

    /// Signs a digest: r and s, big-endian, filled up with zeros on the left.
    pub fn sign(
        &self,
        session: &SessionHandle,
        index: u32,
        mut digest: [u8; 32],
    ) -> Result<([u8; NUMBER], [u8; NUMBER]), Code> {
        let mut room = Room {
            answer: Signature {
                r: [0; NUMBER],
                s: [0; NUMBER],
            },
            spare: [0; 1024],
        };
        let answer = (&raw mut room).cast();
        // SAFETY: the session is open; the digest is our own copy of 32 bytes, and the
        // answer is written into a local with room to spare.
        check(unsafe { (self.sign)(session.0.as_ptr(), index, digest.as_mut_ptr(), 32, answer) })?;
        Ok((room.answer.r, room.answer.s))
    }
}

/// A function of the library.
///
/// # Safety
/// `F` must be the type of a pointer to a C function with the signature of this name, and
/// the pointer must not outlive the library.
unsafe fn symbol<F: Copy>(library: &Library, name: &str) -> Result<F, String> {
    // SAFETY: as above. An `Option` of a function pointer may be null.
    let found = unsafe { library.get::<Option<F>>(name.as_bytes()) };
    found
        .ok()
        .and_then(|symbol| *symbol)
        .ok_or_else(|| format!("it has no function {name}, so it is no library of GM/T 0018"))
}

fn check(answer: u32) -> Result<(), Code> {
    if answer == 0 {
        Ok(())
    } else {
        Err(Code(answer))
    }
}

/// A number of 32 bytes, which stands at the right.
fn short(number: &[u8; NUMBER]) -> Option<[u8; 32]> {
    let (zeros, number) = number.split_at(32);
    let fits = zeros.iter().all(|byte| *byte == 0);
    number.try_into().ok().filter(|_| fits)
}
