package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"lastpost/internal/config"
)

// dialTimeout is how long a connection may take. A firewall that drops packets is told from a slow line by it.
const dialTimeout = 5 * time.Second

// A Network is what this machine reaches. Its zero value is the real one. A test gives another.
type Network struct {
	Lookup         func(ctx context.Context, host string) ([]netip.Addr, error)    // nil: the system's resolver
	Dial           func(ctx context.Context, address string) (net.Conn, error)     // nil: TCP
	Listen         func(ctx context.Context, address string) (net.Listener, error) // nil: TCP
	LocalAddresses func() ([]netip.Addr, error)                                    // this machine's addresses; nil: its interfaces'
	Roots          *x509.CertPool                                                  // nil: the system's
}

// lookupAddresses are those of a host, each once; an address is its own.
func (o Network) lookupAddresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if o.Lookup != nil {
		return o.Lookup(ctx, host)
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	var addresses []netip.Addr
	for _, address := range found {
		if address = address.Unmap(); !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return addresses, err
}

// connect opens a connection, without any proxy in between.
func (o Network) connect(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if o.Dial != nil {
		return o.Dial(ctx, address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// tryListen listens at an address for a moment, to find out whether that can be done.
func (o Network) tryListen(ctx context.Context, address string) error {
	listen := o.Listen
	if listen == nil {
		listen = func(ctx context.Context, address string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", address)
		}
	}
	listener, err := listen(ctx, address)
	if err != nil {
		return err
	}
	return listener.Close()
}

// localAddresses are those of this machine's interfaces.
func (o Network) localAddresses() ([]netip.Addr, error) {
	if o.LocalAddresses != nil {
		return o.LocalAddresses()
	}
	interfaces, err := net.InterfaceAddrs()
	var own []netip.Addr
	for _, i := range interfaces {
		if network, err := netip.ParsePrefix(i.String()); err == nil {
			own = append(own, network.Addr().Unmap().WithZone(""))
		}
	}
	return own, err
}

// isPublicAddress tells whether an address can be reached from anywhere. Providers share some among customers (RFC 6598).
func isPublicAddress(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !netip.MustParsePrefix("100.64.0.0/10").Contains(a)
}

// checkDNS looks the public host up, and compares what is found with this machine.
func checkDNS(ctx context.Context, o Network, c *config.Config) []Finding {
	const name = "dns"
	host := c.PublicHost()
	if host == "" {
		return []Finding{{Warn, name, "the public host is not known", "set public_url to what the world calls this service"}}
	}
	found, err := o.lookupAddresses(ctx, host)
	if failed := checkPublicAddresses(name, host, found, err); failed != nil {
		return failed
	}
	own, err := o.localAddresses()
	if err != nil {
		return []Finding{{Warn, name, fmt.Sprintf("%s is %s; this machine's addresses are not known: %v", host, joinAddresses(found), err), ""}}
	}
	return []Finding{compareAddresses(name, host, found, own, c.TLS.Mode == config.TLSOff)}
}

// checkPublicAddresses gives what is wrong with the addresses of a host: nil where Alexa can use each of them.
func checkPublicAddresses(name, host string, found []netip.Addr, err error) (findings []Finding) {
	failure, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && !failure.IsNotFound:
		return []Finding{{Warn, name, fmt.Sprintf("%s could not be looked up: %v", host, err),
			"ask again, or look into this machine's resolver"}}
	case err != nil || len(found) == 0:
		return []Finding{{Fail, name, host + " has no address",
			"add an A record, and an AAAA record where there is IPv6, with the service's public address"}}
	}
	for _, address := range found {
		if !isPublicAddress(address) {
			message := fmt.Sprintf("%s is %s, which Alexa cannot reach", host, address)
			if host == address.String() {
				message = host + " is an address that Alexa cannot reach"
			}
			findings = append(findings, Finding{Fail, name, message, "let a name of public addresses alone be the endpoint's host"})
		}
	}
	return findings
}

// compareAddresses compares a host's addresses with a machine's. That one family leads elsewhere, mostly an AAAA record that
// nobody remembers, makes a service that answers only sometimes.
func compareAddresses(name, host string, found, own []netip.Addr, behindProxy bool) Finding {
	var here, elsewhere []netip.Addr
	for _, address := range found {
		if slices.Contains(own, address) {
			here = append(here, address)
		} else {
			elsewhere = append(elsewhere, address)
		}
	}
	switch {
	case len(elsewhere) == 0:
		return Finding{OK, name, fmt.Sprintf("%s is %s, as is this machine", host, joinAddresses(here)), ""}
	case len(here) > 0:
		return Finding{Warn, name,
			fmt.Sprintf("%s is %s, as is this machine, and also %s, as it is not", host, joinAddresses(here), joinAddresses(elsewhere)),
			"correct or remove the other record: Alexa takes either"}
	case behindProxy:
		return Finding{OK, name,
			fmt.Sprintf("%s is %s, which is not this machine: whatever is there must pass requests on to it", host, joinAddresses(found)), ""}
	}
	return Finding{Warn, name, fmt.Sprintf("%s is %s, which is no address of this machine", host, joinAddresses(found)),
		"that is well where a router or a load balancer passes port 443 on to this machine; else correct the record"}
}

func joinAddresses(addresses []netip.Addr) string {
	var texts []string
	for _, address := range addresses {
		texts = append(texts, address.String())
	}
	return strings.Join(texts, " and ")
}

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
	err := o.tryListen(ctx, c.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return checkPortOwner(ctx, o, c, host)
	case isPermissionError(err) && postToPort(ctx, o, c, host).isOwnRefusal(): // then somebody else may
		return Finding{OK, name, alreadyListens, ""}
	}
	return checkListenError(name, err)
}

// isPermissionError tells whether it is this user who may not listen there.
func isPermissionError(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}

const alreadyListens = "this service listens there already"

// checkListenError judges an attempt to listen.
func checkListenError(name string, err error) Finding {
	switch {
	case err == nil:
		return Finding{OK, name, "is free, and this user may listen there", ""}
	case isPermissionError(err):
		return Finding{Warn, name, "this user may not listen there: " + err.Error(),
			"run the service with CAP_NET_BIND_SERVICE, for example as a systemd unit with AmbientCapabilities, or let its socket be " +
				"opened for it"}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return Finding{Fail, name, err.Error(), `set listen to ":443", or to an address of this machine`}
	}
	return Finding{Fail, name, err.Error(), ""}
}

// checkPortOwner finds out who listens already. This service has an answer of its own for a skill's path; without a
// certificate it has none, which is when most people run a check, and so is asked at its private listener.
func checkPortOwner(ctx context.Context, o Network, c *config.Config, host string) Finding {
	const name = "port 443"
	got := postToPort(ctx, o, c, host)
	switch {
	case got.isOwnRefusal():
		return Finding{OK, name, alreadyListens, ""}
	case c.TLS.Mode == config.TLSACME && isMissingCertificateAlert(got.err) && CheckHealth(ctx, io.Discard, c.Admin, false) == nil:
		return Finding{Warn, name, alreadyListens + ", and has no certificate to show yet",
			`see "certificate not issued" in its log, or /readyz: they say why`}
	}
	return Finding{Fail, name, "another program listens there", "end it, or let it stay in front of this service and set tls.mode to off"}
}

// isMissingCertificateAlert tells whether a server broke the handshake off as this service does while it has no certificate. The
// library has no type for an alert that was received.
func isMissingCertificateAlert(err error) bool {
	const internalError = tls.AlertError(80) // RFC 8446, section 6
	alert, ok := errors.AsType[*net.OpError](err)
	return ok && alert.Op == "remote error" && alert.Err.Error() == internalError.Error()
}

// postToPort posts what bears no signature to whoever listens at Alexa's port of this machine.
func postToPort(ctx context.Context, o Network, c *config.Config, host string) postResult {
	if address := net.ParseIP(host); address == nil || address.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := &url.URL{Scheme: "https", Host: net.JoinHostPort(host, alexaPort), Path: c.Skills[0].Path}
	p := newEndpointClient(o, u, u.Host, &timeBudget{})
	defer p.close()
	return p.post(ctx, nil, []byte("{}"))
}
