//! A cryptographic machine in software behind the C interface of GM/T 0018, for tests
//! alone: everybody can compute its keys.
//!
//! It is loaded as a vendor's library is. Beside the functions of the standard it has
//! `SOFTSDF_…` ones, with which a test pulls the plug.

#![expect(unsafe_code, reason = "a C interface, as a vendor's library has it")]

mod machine;

use std::{ffi::c_void, slice};

use machine::{Code, MACHINE, Machine};

type Handle = *mut c_void;

/// `ECCrefPublicKey`.
#[repr(C)]
pub struct PublicKey {
    bits: u32,
    x: [u8; 64],
    y: [u8; 64],
}

/// `ECCSignature`.
#[repr(C)]
pub struct Signature {
    r: [u8; 64],
    s: [u8; 64],
}

fn call(work: impl FnOnce(&mut Machine) -> Result<(), Code>) -> u32 {
    let mut machine = MACHINE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    work(&mut machine).err().unwrap_or(0)
}

/// Opens the device.
///
/// # Safety
/// The pointer must be good for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SDF_OpenDevice(device: *mut Handle) -> u32 {
    call(|machine| {
        let handle = machine.open_device()?;
        // SAFETY: the caller's promise.
        unsafe { *device = std::ptr::without_provenance_mut(handle) };
        Ok(())
    })
}

/// Closes the device.
#[unsafe(no_mangle)]
pub extern "C" fn SDF_CloseDevice(device: Handle) -> u32 {
    call(|machine| machine.close_device(device.addr()))
}

/// Opens a session.
///
/// # Safety
/// The pointer must be good for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SDF_OpenSession(device: Handle, session: *mut Handle) -> u32 {
    call(|machine| {
        let handle = machine.open_session(device.addr())?;
        // SAFETY: the caller's promise.
        unsafe { *session = std::ptr::without_provenance_mut(handle) };
        Ok(())
    })
}

/// Closes a session.
#[unsafe(no_mangle)]
pub extern "C" fn SDF_CloseSession(session: Handle) -> u32 {
    call(|machine| machine.close_session(session.addr()))
}

/// Opens a private key for a session.
///
/// # Safety
/// The password must be `length` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SDF_GetPrivateKeyAccessRight(
    session: Handle,
    index: u32,
    password: *mut u8,
    length: u32,
) -> u32 {
    // SAFETY: the caller's promise.
    let password = unsafe { slice::from_raw_parts(password, length as usize) };
    call(|machine| machine.open_key(session.addr(), index, password))
}

/// The public half of a signing key.
///
/// # Safety
/// The pointer must be good for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SDF_ExportSignPublicKey_ECC(
    session: Handle,
    index: u32,
    key: *mut PublicKey,
) -> u32 {
    call(|machine| {
        let (x, y) = machine.public_key(session.addr(), index)?;
        let [x, y] = [x, y].map(wide);
        // SAFETY: the caller's promise.
        unsafe { *key = PublicKey { bits: 256, x, y } };
        Ok(())
    })
}

/// Signs a digest.
///
/// # Safety
/// The digest must be `length` readable bytes, the signature good for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SDF_InternalSign_ECC(
    session: Handle,
    index: u32,
    digest: *mut u8,
    length: u32,
    signature: *mut Signature,
) -> u32 {
    // SAFETY: the caller's promise.
    let digest = unsafe { slice::from_raw_parts(digest, length as usize) };
    call(|machine| {
        let (r, s) = machine.sign(session.addr(), index, digest)?;
        let [r, s] = [r, s].map(wide);
        // SAFETY: the caller's promise.
        unsafe { *signature = Signature { r, s } };
        Ok(())
    })
}

/// Starts the machine anew: it knows no handle any more.
#[unsafe(no_mangle)]
pub extern "C" fn SOFTSDF_Restart() {
    call(|machine| {
        machine.restart();
        Ok(())
    });
}

/// Puts another machine with other keys in its place, which knows no handle.
#[unsafe(no_mangle)]
pub extern "C" fn SOFTSDF_Swap() {
    call(|machine| {
        machine.restart();
        machine.other = true;
        Ok(())
    });
}

/// From now on it signs with other keys, and knows its handles as before.
#[unsafe(no_mangle)]
pub extern "C" fn SOFTSDF_Mistake() {
    call(|machine| {
        machine.other = true;
        Ok(())
    });
}

/// Unplugs it (1) or plugs it in (0).
#[unsafe(no_mangle)]
pub extern "C" fn SOFTSDF_Unplug(away: u32) {
    call(|machine| {
        machine.away = away != 0;
        Ok(())
    });
}

/// How often the device was opened (0) or a password given (1).
#[unsafe(no_mangle)]
pub extern "C" fn SOFTSDF_Count(what: u32) -> u32 {
    let mut count = 0;
    call(|machine| {
        count = if what == 0 {
            machine.opened
        } else {
            machine.passwords
        };
        Ok(())
    });
    count
}

/// A number of 32 bytes as the standard has it: 64 bytes, zeros on the left.
fn wide(number: [u8; 32]) -> [u8; 64] {
    let mut wide = [0; 64];
    wide[32..].copy_from_slice(&number);
    wide
}
