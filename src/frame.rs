//! What version-1 functions share. Those that policies evaluate for every row have no guard on their fast path: they
//! touch nothing that can raise, and leave the rest to a guarded function.

use pgrx::prelude::*;
use pgrx::varlena::{varatt_is_1b, varatt_is_1b_e, varatt_is_4b_u, vardata_any, varsize_any_exhdr};

use crate::error::{Error, Result};

/// An argument; `None` when it is NULL.
///
/// # Safety
/// Postgres's own frame, of a function with more than `n` arguments.
#[inline]
pub unsafe fn argument(fcinfo: pg_sys::FunctionCallInfo, n: usize) -> Option<pg_sys::Datum> {
    // SAFETY: as the caller promises.
    unsafe {
        let argument = &*(*fcinfo).args.as_ptr().add(n);
        (!argument.isnull).then_some(argument.value)
    }
}

/// What the call site remembers, if anything.
///
/// # Safety
/// Postgres's own frame, of a function whose sites remember a `T`.
#[inline]
pub unsafe fn remembered<'a, T>(fcinfo: pg_sys::FunctionCallInfo) -> Option<&'a T> {
    // SAFETY: fn_extra is NULL or what `remember` put there.
    unsafe { (*(*fcinfo).flinfo).fn_extra.cast::<T>().as_ref() }
}

/// What a call site gave, and for which context.
#[derive(Clone, Copy)]
struct Given {
    epoch: u64,
    result: pg_sys::Datum,
}

/// What the call site gave before, if that was for this context.
///
/// # Safety
/// Postgres's own frame, of a function that answers by [`give`].
#[inline]
pub unsafe fn given(fcinfo: pg_sys::FunctionCallInfo, epoch: u64) -> Option<pg_sys::Datum> {
    // SAFETY: as the caller promises.
    unsafe { remembered::<Given>(fcinfo) }
        .filter(|given| given.epoch == epoch)
        .map(|given| given.result)
}

/// Gives what `make` finds, or raises; for guarded functions only. If it lasts, the same at each run of whatever the
/// site is part of, the site remembers it for this context.
///
/// # Safety
/// Postgres's own frame.
pub unsafe fn give(
    fcinfo: pg_sys::FunctionCallInfo,
    epoch: u64,
    lasts: bool,
    make: impl FnOnce() -> Result<pg_sys::Datum>,
) -> pg_sys::Datum {
    // SAFETY: as the caller promises.
    unsafe {
        let made = if lasts {
            in_site_memory(fcinfo, make)
        } else {
            make()
        };
        match made {
            Ok(result) => {
                if lasts {
                    remember(fcinfo, Given { epoch, result });
                }
                result
            }
            Err(error) => raise(fcinfo, error),
        }
    }
}

/// Runs `make` in memory that lives as long as the call site does. What the site gave before is left as it was: a
/// procedure's arguments outlive its COMMIT.
///
/// # Safety
/// Postgres's own frame.
unsafe fn in_site_memory<R>(fcinfo: pg_sys::FunctionCallInfo, make: impl FnOnce() -> R) -> R {
    // SAFETY: as the caller promises; fn_mcxt lives as long as the site.
    unsafe {
        let before = pg_sys::MemoryContextSwitchTo((*(*fcinfo).flinfo).fn_mcxt);
        let made = make();
        pg_sys::MemoryContextSwitchTo(before);
        made
    }
}

/// Has the call site remember something.
///
/// # Safety
/// Postgres's own frame, of a function whose sites remember a `T`, which needs no drop.
pub unsafe fn remember<T: Copy>(fcinfo: pg_sys::FunctionCallInfo, value: T) {
    // SAFETY: as the caller promises; fn_extra is NULL or a T in memory that lives as long as the site.
    unsafe {
        let flinfo = (*fcinfo).flinfo;
        if (*flinfo).fn_extra.is_null() {
            (*flinfo).fn_extra = pg_sys::MemoryContextAlloc((*flinfo).fn_mcxt, size_of::<T>());
        }
        (*flinfo).fn_extra.cast::<T>().write(value);
    }
}

/// The type of an argument at this call site.
///
/// # Safety
/// Postgres's own frame.
pub unsafe fn argument_type(fcinfo: pg_sys::FunctionCallInfo, n: i32) -> pg_sys::Oid {
    // SAFETY: as the caller promises.
    unsafe { pg_sys::get_fn_expr_argtype((*fcinfo).flinfo, n) }
}

/// Whether an argument is a constant at this call site, the same at each run of whatever the site is part of.
///
/// # Safety
/// Postgres's own frame.
pub unsafe fn is_constant(fcinfo: pg_sys::FunctionCallInfo, n: usize) -> bool {
    // SAFETY: as the caller promises; the tag says which struct a node is, and a list has as many cells as it says.
    unsafe {
        let call = (*(*fcinfo).flinfo).fn_expr.cast::<pg_sys::FuncExpr>();
        if call.is_null() || (*call).xpr.type_ != pg_sys::NodeTag::T_FuncExpr {
            return false;
        }
        let arguments = (*call).args;
        if arguments.is_null() || usize::try_from((*arguments).length).unwrap_or(0) <= n {
            return false;
        }
        let argument = (*(*arguments).elements.add(n))
            .ptr_value
            .cast::<pg_sys::Node>();
        (*argument).type_ == pg_sys::NodeTag::T_Const
    }
}

/// The bytes of a value of varying length, after its length word: where they lie or, when compressed or stored
/// elsewhere, in a copy. May raise.
///
/// # Safety
/// The datum is such a value, not NULL, and outlives what is given; a copy lives as long as the present memory context.
pub unsafe fn bytes<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    // SAFETY: as the caller promises.
    unsafe {
        in_place(datum).unwrap_or_else(|| {
            let value = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
            std::slice::from_raw_parts(vardata_any(value).cast(), varsize_any_exhdr(value))
        })
    }
}

/// The same without touching anything that can raise; `None` when it is compressed or stored elsewhere.
///
/// # Safety
/// As for [`bytes`].
#[inline]
pub unsafe fn in_place<'a>(datum: pg_sys::Datum) -> Option<&'a [u8]> {
    let value = datum.cast_mut_ptr::<pg_sys::varlena>();
    // SAFETY: as the caller promises.
    unsafe {
        let plain = (varatt_is_1b(value) && !varatt_is_1b_e(value)) || varatt_is_4b_u(value);
        plain.then(|| {
            std::slice::from_raw_parts(vardata_any(value).cast(), varsize_any_exhdr(value))
        })
    }
}

/// Gives NULL.
///
/// # Safety
/// Postgres's own frame.
pub unsafe fn null(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: as the caller promises.
    unsafe { (*fcinfo).isnull = true };
    pg_sys::Datum::null()
}

/// Raises; for guarded functions only.
///
/// # Safety
/// Postgres's own frame.
pub unsafe fn raise(fcinfo: pg_sys::FunctionCallInfo, error: Error) -> pg_sys::Datum {
    pgrx::pg_sys::panic::ErrorReport::from(error).report(PgLogLevel::ERROR);
    // SAFETY: as the caller promises. Not reached, as an ERROR does not return.
    unsafe { null(fcinfo) }
}
