package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"

	"lastpost/internal/config"
)

// alexaPort is the port that Alexa connects to.
const alexaPort = "443"

// checkPort finds out whether the service can be where Alexa connects to.
func checkPort(ctx context.Context, o outside, c *config.Config) finding {
	const name = "port 443"
	host, port, _ := net.SplitHostPort(c.Listen) // the configuration has held it to that form
	switch {
	case c.TLS.Mode == config.TLSOff:
		return finding{good, name, fmt.Sprintf("belongs to the proxy in front, as tls.mode is off: it has the certificate, and passes each POST on to %s with path, headers and body as they are",
			c.Listen), ""}
	case port != alexaPort:
		return finding{warn, name, fmt.Sprintf("the service listens on port %s: Alexa connects to no other port than 443, and says nothing", port),
			`set listen to ":443", or let something in front that owns port 443 pass its connections on`}
	}
	err := o.take(ctx, c.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return checkNeighbour(ctx, o, c, host)
	}
	return checkTaken(name, err)
}

// checkTaken judges an attempt to listen.
func checkTaken(name string, err error) finding {
	switch {
	case err == nil:
		return finding{good, name, "is free, and this user may listen there", ""}
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return finding{warn, name, "this user may not listen there: " + err.Error(),
			"run the service with CAP_NET_BIND_SERVICE, for example as a systemd unit with AmbientCapabilities, or let its socket be opened for it"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return finding{fail, name, err.Error(), `set listen to ":443", or to an address of this machine`}
	}
	return finding{fail, name, err.Error(), ""}
}

// checkNeighbour asks whoever listens already for a skill's path, where this service has an answer of its own.
func checkNeighbour(ctx context.Context, o outside, c *config.Config, host string) finding {
	const name = "port 443"
	if address := net.ParseIP(host); address == nil || address.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := &url.URL{Scheme: "https", Host: net.JoinHostPort(host, alexaPort), Path: c.Skills[0].Path}
	p := newProber(o, u, u.Host)
	defer p.close()
	got := p.post(ctx, nil, []byte("{}"))
	if got.err == nil && got.ours() {
		return finding{good, name, "this service listens there already", ""}
	}
	return finding{fail, name, "another program listens there", "end it, or let it stay in front of this service and set tls.mode to off"}
}
