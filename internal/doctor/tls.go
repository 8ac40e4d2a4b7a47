package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// An addressVisit is the state of one address of an endpoint before the first request.
type addressVisit struct {
	address  string               // HOST:PORT
	findings []Finding            // about the connection and TLS
	state    *tls.ConnectionState // nil: TLS failed
}

// visitAddress connects to an address and finds its TLS versions and suites.
func (t EndpointCheck) visitAddress(ctx context.Context, o Network, ip netip.Addr) addressVisit {
	host := t.URL.Hostname()
	v := addressVisit{address: net.JoinHostPort(ip.String(), t.portOrDefault())}
	modern := &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
	state, err := handshake(ctx, o, v.address, modern)
	if err == nil {
		v.state = state
		v.findings = []Finding{t.checkVersions(ctx, o, v.address, state)}
		return v
	}
	if state, old := handshake(ctx, o, v.address, permissiveTLS(host)); old == nil {
		v.state = state
		v.findings = []Finding{checkOldTLS(v.address, state)}
		return v
	}
	v.findings = []Finding{explainConnectError(v.address, ip, err)}
	return v
}

// errHandshake marks errors after the TCP connection was established.
var errHandshake = errors.New("TLS handshake")

// handshake connects and performs a TLS handshake within dialTimeout. The caller checks the certificate.
func handshake(ctx context.Context, o Network, address string, config *tls.Config) (*tls.ConnectionState, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	connection, err := o.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }() // no request was sent, so closing cannot lose data
	client := tls.Client(connection, config)
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errHandshake, err)
	}
	state := client.ConnectionState()
	return &state, nil
}

// checkOldTLS reports a server that only [permissiveTLS] can connect to.
func checkOldTLS(address string, state *tls.ConnectionState) Finding {
	if state.Version < tls.VersionTLS12 {
		return Finding{Fail, "url tls", fmt.Sprintf("%s speaks %s at most", address, tls.VersionName(state.Version)),
			"offer TLS 1.2 and 1.3"}
	}
	return Finding{Warn, "url tls", fmt.Sprintf("%s speaks %s with an outdated cipher suite, %s", address, tls.VersionName(state.Version),
		tls.CipherSuiteName(state.CipherSuite)),
		"offer suites with ECDHE and AES"}
}

// explainConnectError returns the finding for a failed TLS connection, with its reason and remedy.
func explainConnectError(address string, ip netip.Addr, err error) Finding {
	const name = "url connect"
	record, plain := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case plain && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP"):
		return Finding{Fail, name, address + " speaks HTTP without TLS",
			"set a tls.mode other than off, or install a certificate on the proxy"}
	case plain:
		return Finding{Fail, name, address + " does not speak TLS", "let this service or its proxy use the port"}
	case isTimeout(err) && errors.Is(err, errHandshake):
		return Finding{Fail, name, fmt.Sprintf("%s accepts the connection, but does not finish the TLS handshake within %s", address,
			dialTimeout),
			"check the log of the server there, and of every proxy before it"}
	case isTimeout(err):
		return Finding{Fail, name, fmt.Sprintf("%s does not answer within %s", address, dialTimeout),
			"open the port in the firewalls of the machine and of its provider; behind a router, forward the port"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Finding{Fail, name, address + " refuses connections: nothing listens there",
			"start the service, or correct the DNS record; behind a router, forward the port"}
	case ip.Is6() && (errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL)):
		return Finding{Warn, name, address + " was not checked: this machine has no IPv6",
			"run this check on a machine with IPv6"}
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return Finding{Fail, name, address + " closes the connection during the TLS handshake",
			"check the firewalls on the way, and the log of the server there"}
	}
	return Finding{Fail, name, fmt.Sprintf("%s: %v", address, err), "check the log of the server there"}
}

func isTimeout(err error) bool {
	failure, ok := errors.AsType[net.Error](err)
	return ok && failure.Timeout()
}
