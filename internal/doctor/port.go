package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"

	"lastpost/internal/config"
)

// alexaPort is the port that Alexa connects to.
const alexaPort = "443"

// checkPort finds out whether the service can be where Alexa connects to.
func checkPort(ctx context.Context, o Network, c *config.Config) Finding {
	const name = "port 443"
	host, port, _ := net.SplitHostPort(c.Listen) // the configuration has held it to that form
	switch {
	case c.TLS.Mode == config.TLSOff:
		return Finding{OK, name, fmt.Sprintf("belongs to the proxy in front, as tls.mode is off: it has the certificate, and passes each "+
			"POST on to %s with path, headers and body as they are", c.Listen), ""}
	case port != alexaPort:
		return Finding{Warn, name,
			fmt.Sprintf("the service listens on port %s: Alexa connects to no other port than 443, and says nothing", port),
			`set listen to ":443", or let something in front that owns port 443 pass its connections on`}
	}
	err := o.take(ctx, c.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return checkNeighbour(ctx, o, c, host)
	case forbidden(err) && askPort(ctx, o, c, host).ours(): // then somebody else may
		return Finding{OK, name, listens, ""}
	}
	return checkTaken(name, err)
}

// forbidden tells whether it is this user who may not listen there.
func forbidden(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}

const listens = "this service listens there already"

// checkTaken judges an attempt to listen.
func checkTaken(name string, err error) Finding {
	switch {
	case err == nil:
		return Finding{OK, name, "is free, and this user may listen there", ""}
	case forbidden(err):
		return Finding{Warn, name, "this user may not listen there: " + err.Error(),
			"run the service with CAP_NET_BIND_SERVICE, for example as a systemd unit with AmbientCapabilities, or let its socket be " +
				"opened for it"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return Finding{Fail, name, err.Error(), `set listen to ":443", or to an address of this machine`}
	}
	return Finding{Fail, name, err.Error(), ""}
}

// checkNeighbour finds out who listens already. This service has an answer of its own for a skill's path; without a
// certificate it has none, which is when most people run a check, and so is asked at its private listener.
func checkNeighbour(ctx context.Context, o Network, c *config.Config, host string) Finding {
	const name = "port 443"
	got := askPort(ctx, o, c, host)
	switch {
	case got.ours():
		return Finding{OK, name, listens, ""}
	case c.TLS.Mode == config.TLSACME && shakesNoHand(got.err) && AskHealth(ctx, io.Discard, c.Admin, false) == nil:
		return Finding{Warn, name, listens + ", and has no certificate to show yet",
			`see "certificate not issued" in its log, or /readyz: they say why`}
	}
	return Finding{Fail, name, "another program listens there", "end it, or let it stay in front of this service and set tls.mode to off"}
}

// shakesNoHand tells whether a server broke the handshake off as this service does while it has no certificate. The
// library has no type for an alert that was received.
func shakesNoHand(err error) bool {
	const internalError = tls.AlertError(80) // RFC 8446, section 6
	alert, ok := errors.AsType[*net.OpError](err)
	return ok && alert.Op == "remote error" && alert.Err.Error() == internalError.Error()
}

// askPort posts what bears no signature to whoever listens at Alexa's port of this machine.
func askPort(ctx context.Context, o Network, c *config.Config, host string) outcome {
	if address := net.ParseIP(host); address == nil || address.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := &url.URL{Scheme: "https", Host: net.JoinHostPort(host, alexaPort), Path: c.Skills[0].Path}
	p := newProber(o, u, u.Host, &stopwatch{})
	defer p.close()
	return p.post(ctx, nil, []byte("{}"))
}
