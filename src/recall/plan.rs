//! Running a query as the caller, its rows straight into the result's store. Plans are kept: planning costs more than
//! all else that recall adds to its query.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CString, c_char, c_int};
use std::mem::ManuallyDrop;
use std::rc::Rc;

use pgrx::prelude::*;

use super::request::Request;
use crate::error::{Error, Result};
use crate::session;

/// Most plans kept; past it, all are dropped.
const KEPT: usize = 64;

/// What a plan is good for. Postgres itself plans anew when a table changes, or the role that row security is for. That a
/// plan is one tenant's is for speed alone: what suits a small tenant can be slow for a large one.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    sql: String,
    types: Vec<pg_sys::Oid>,
    tenant: Option<[u8; 16]>,
}

/// A saved plan; freed with its last use, which may be later than it is forgotten.
struct Plan(pg_sys::SPIPlanPtr);

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: a saved plan that nobody uses any more.
        unsafe { pg_sys::SPI_freeplan(self.0) };
    }
}

thread_local! {
    /// Not dropped at exit, when Postgres's own memory may be gone.
    static PLANS: RefCell<ManuallyDrop<HashMap<Key, Rc<Plan>>>> = RefCell::default();
}

unsafe extern "C-unwind" {
    // Not among pgrx's bindings. It only stores its arguments.
    fn SetTuplestoreDestReceiverParams(
        receiver: *mut pg_sys::DestReceiver,
        store: *mut pg_sys::Tuplestorestate,
        memory: pg_sys::MemoryContext,
        detoast: bool,
        shape: pg_sys::TupleDesc,
        failure: *const c_char,
    );
}

/// Runs a request; the rows are the result of the function that the frame is of. Gives how many.
///
/// # Safety
/// Postgres's own frame, of a function that gives rows of the request's table.
pub unsafe fn run(fcinfo: pg_sys::FunctionCallInfo, request: Request) -> Result<u64> {
    // SAFETY: as the caller promises. An error of Postgres's leaves all of it to the end of the (sub)transaction.
    unsafe {
        pg_sys::InitMaterializedSRF(fcinfo, 0);
        let result = (*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        let receiver = pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestTuplestore);
        SetTuplestoreDestReceiverParams(
            receiver,
            (*result).setResult,
            (*(*result).econtext).ecxt_per_query_memory,
            false,
            (*result).setDesc,
            c"the table was altered meanwhile".as_ptr(),
        );
        let options = pg_sys::SPIExecuteOptions {
            params: request.parameters.list(),
            // The caller's own snapshot, as for any stable function.
            read_only: true,
            must_return_tuples: true,
            dest: receiver,
            ..Default::default()
        };
        pg_sys::SPI_connect();
        let plan = plan(request)?;
        let outcome = pg_sys::SPI_execute_plan_extended(plan.0, &options);
        let rows = pg_sys::SPI_processed;
        pg_sys::SPI_finish();
        if outcome == pg_sys::SPI_OK_SELECT as c_int {
            Ok(rows)
        } else {
            Err(failed(outcome))
        }
    }
}

fn failed(code: c_int) -> Error {
    Error::Sql(format!("SPI gave {code}"))
}

/// The plan of a request, kept or made now. To be called connected to SPI.
fn plan(request: Request) -> Result<Rc<Plan>> {
    let tenant = if session::is_bound() {
        session::present()?.map(|present| present.tenant_id.get())
    } else {
        None
    };
    // Which rows a filter leaves may decide on the plan; else one serves for every vector.
    let mut options = pg_sys::CURSOR_OPT_PARALLEL_OK;
    if !request.is_filtered() {
        options |= pg_sys::CURSOR_OPT_GENERIC_PLAN;
    }
    let key = Key {
        sql: request.query.sql(),
        types: request.parameters.types,
        tenant,
    };
    if let Some(plan) = PLANS.with_borrow(|plans| plans.get(&key).cloned()) {
        return Ok(plan);
    }
    let plan = Rc::new(prepare(&key, options)?);
    let forgotten = PLANS.with_borrow_mut(|plans| {
        let forgotten = (plans.len() >= KEPT).then(|| std::mem::take(&mut **plans));
        plans.insert(key, Rc::clone(&plan));
        forgotten
    });
    drop(forgotten);
    Ok(plan)
}

fn prepare(key: &Key, options: u32) -> Result<Plan> {
    let sql = CString::new(key.sql.as_str()).map_err(|e| Error::Sql(e.to_string()))?;
    let mut types = key.types.clone();
    let (count, options) = (types.len() as c_int, options as c_int);
    // SAFETY: as many types as are said; the plan is moved to memory that lasts.
    unsafe {
        let plan = pg_sys::SPI_prepare_cursor(sql.as_ptr(), count, types.as_mut_ptr(), options);
        if plan.is_null() {
            return Err(failed(pg_sys::SPI_result));
        }
        match pg_sys::SPI_keepplan(plan) {
            0 => Ok(Plan(plan)),
            code => Err(failed(code)),
        }
    }
}
