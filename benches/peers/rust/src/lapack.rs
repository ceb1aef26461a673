//! The three routines of BLAS and LAPACK that the crate links against, for one factor.
//!
//! It leaves the choice of a LAPACK to its user; all that it does with one here is the Cholesky
//! factor of a 1 x 1 matrix at set-up and one 1 x 1 product per trial. Doing that by hand makes the
//! driver build everywhere without a system library, and takes nothing from its speed: products of
//! two vectors this short never reach BLAS.

use std::ffi::{c_char, c_int};

/// Cholesky factor in place.
#[unsafe(no_mangle)]
unsafe extern "C" fn dpotrf_(
    _uplo: *const c_char,
    n: *const c_int,
    a: *mut f64,
    _lda: *const c_int,
    info: *mut c_int,
) {
    unsafe {
        assert_eq!(*n, 1, "one factor only");
        *a = (*a).sqrt();
        *info = 0;
    }
}

/// y = alpha A x + beta y.
#[unsafe(no_mangle)]
unsafe extern "C" fn cblas_dgemv(
    _layout: c_int,
    _transposed: c_int,
    rows: c_int,
    columns: c_int,
    alpha: f64,
    a: *const f64,
    _lda: c_int,
    x: *const f64,
    _step_x: c_int,
    beta: f64,
    y: *mut f64,
    _step_y: c_int,
) {
    assert_eq!((rows, columns), (1, 1), "one factor only");
    unsafe {
        // As in BLAS, y is not read where beta is zero: it may hold anything.
        let old = if beta == 0.0 { 0.0 } else { beta * *y };
        *y = alpha * *a * *x + old;
    }
}

/// x y.
#[unsafe(no_mangle)]
unsafe extern "C" fn cblas_ddot(
    n: c_int,
    x: *const f64,
    _step_x: c_int,
    y: *const f64,
    _step_y: c_int,
) -> f64 {
    assert_eq!(n, 1, "one factor only");
    unsafe { *x * *y }
}
