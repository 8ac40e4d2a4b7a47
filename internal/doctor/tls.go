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

// A visit is what one address of an endpoint shows before anything is asked of it.
type addressVisit struct {
	address  string               // HOST:PORT
	findings []Finding            // of the connection and its TLS
	state    *tls.ConnectionState // nil: there is no TLS at all
}

// visitAddress connects, and finds out which versions of TLS are spoken.
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

// errHandshake marks what becomes of a connection that there is.
var errHandshake = errors.New("TLS handshake")

// handshake connects once and speaks TLS as config says, within dialTimeout. The certificate is judged by whoever asked.
func handshake(ctx context.Context, o Network, address string, config *tls.Config) (*tls.ConnectionState, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	connection, err := o.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }() // nothing was written that could be lost
	client := tls.Client(connection, config)
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errHandshake, err)
	}
	state := client.ConnectionState()
	return &state, nil
}

// checkVersions asks for TLS 1.2 where 1.3 was spoken: what Alexa's client speaks is documented nowhere, and its Java 8
// began with 1.2.
func (t EndpointCheck) checkVersions(ctx context.Context, o Network, address string, state *tls.ConnectionState) Finding {
	spoken := tls.VersionName(state.Version)
	if state.Version > tls.VersionTLS12 {
		only := permissiveTLS(t.URL.Hostname())
		only.MinVersion, only.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		if _, err := handshake(ctx, o, address, only); isTimeout(err) {
			return Finding{Warn, "url tls", fmt.Sprintf("%s speaks %s; a handshake of TLS 1.2 was not done within %s", address, spoken,
				dialTimeout),
				"look for what makes it slow, and check again"}
		} else if err != nil {
			return Finding{Warn, "url tls", address + " speaks " + spoken + " and not TLS 1.2",
				"offer TLS 1.2 beside it: Alexa's client may know no other"}
		}
		spoken += " and TLS 1.2"
	}
	return Finding{OK, "url tls", address + " speaks " + spoken, ""}
}

// checkOldTLS is for a server with which only [anyTLS] comes to terms.
func checkOldTLS(address string, state *tls.ConnectionState) Finding {
	if state.Version < tls.VersionTLS12 {
		return Finding{Fail, "url tls", fmt.Sprintf("%s speaks %s at most", address, tls.VersionName(state.Version)),
			"offer TLS 1.2 and 1.3"}
	}
	return Finding{Warn, "url tls", fmt.Sprintf("%s speaks %s with a suite of old, %s", address, tls.VersionName(state.Version),
		tls.CipherSuiteName(state.CipherSuite)),
		"offer suites with ECDHE and authenticated encryption (GCM, ChaCha20)"}
}

// explainConnectError says why there is no TLS at an address, and what to do.
func explainConnectError(address string, ip netip.Addr, err error) Finding {
	const name = "url connect"
	record, plain := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case plain && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP"):
		return Finding{Fail, name, address + " speaks HTTP without TLS",
			"set tls.mode to another than off, or give the proxy in front a certificate"}
	case plain:
		return Finding{Fail, name, address + " speaks no TLS", "let this service, or a proxy in front of it, have the port"}
	case isTimeout(err) && errors.Is(err, errHandshake):
		return Finding{Fail, name, fmt.Sprintf("%s takes the connection, and is not done with the TLS handshake within %s", address,
			dialTimeout),
			"look into the log of what listens there, and for what passes its connections on"}
	case isTimeout(err):
		return Finding{Fail, name, fmt.Sprintf("%s does not answer within %s", address, dialTimeout),
			"open the port in the firewall of the machine and in that of its provider, and forward it where there is a router in front"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Finding{Fail, name, address + " refuses connections: nothing listens there",
			"start the service, or correct the DNS record; forward the port where there is a router in front"}
	case ip.Is6() && (errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL)):
		return Finding{Warn, name, address + " was not tried: there is no way to IPv6 from here",
			"run this check where there is IPv6 as well"}
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return Finding{Fail, name, address + " closes the connection during the TLS handshake",
			"look for a firewall in between, and into the log of what listens there"}
	}
	return Finding{Fail, name, fmt.Sprintf("%s: %v", address, err), "look into the log of what listens there"}
}

func isTimeout(err error) bool {
	failure, ok := errors.AsType[net.Error](err)
	return ok && failure.Timeout()
}
