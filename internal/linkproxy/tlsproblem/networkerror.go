package tlsproblem

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// NetworkError returns the kind of network error that prevented a response, or "". See trace.Facts.NetworkError.
func NetworkError(err error) string {
	switch {
	case err == nil:
		return ""
	case isErrorType[*tls.CertificateVerificationError](err):
		return "certificate"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case isErrorType[*net.DNSError](err):
		return "dns"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "refused"
	case isErrorType[tls.RecordHeaderError](err), isErrorType[tls.AlertError](err):
		return "tls"
	}
	return "other"
}
