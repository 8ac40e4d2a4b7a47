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
	"strconv"
	"strings"
	"syscall"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/doctor/access"
)

// dialTimeout is the timeout for a connection. Firewalls that drop packets cause it.
const dialTimeout = 5 * time.Second

// A Network connects to other hosts. Its zero value is the real network. Tests replace its functions.
type Network struct {
	Lookup         func(ctx context.Context, host string) ([]netip.Addr, error)    // nil: the system's resolver
	Dial           func(ctx context.Context, address string) (net.Conn, error)     // nil: TCP
	Listen         func(ctx context.Context, address string) (net.Listener, error) // nil: TCP
	LocalAddresses func() ([]netip.Addr, error)                                    // addresses of this machine; nil: of its interfaces
	Roots          *x509.CertPool                                                  // nil: the system's
	ServerTime     func(ctx context.Context) (time.Time, error)                    // the time of a server on the internet; nil: of Amazon's
}

// lookupAddresses returns the addresses of a host without duplicates. An IP address is returned unchanged.
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

// connect opens a connection without a proxy.
func (o Network) connect(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if o.Dial != nil {
		return o.Dial(ctx, address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// tryListen listens at an address for a moment, to find out whether this user can listen there.
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

// localAddresses returns the addresses of this machine's interfaces.
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

// isPublicAddress reports whether an address is reachable from the internet. Addresses that providers share among customers
// (RFC 6598) are not reachable.
func isPublicAddress(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !netip.MustParsePrefix("100.64.0.0/10").Contains(a)
}

// checkDNS looks up the public host and compares its addresses with this machine's.
func checkDNS(ctx context.Context, o Network, c *config.Config) []Finding {
	const name = "dns"
	host := c.PublicHost()
	if host == "" {
		return []Finding{{Warn, name, "the public host is unknown", "set public_url to the public address of this service"}}
	}
	return o.CheckHost(ctx, host, c.TLS.Mode == config.TLSOff)
}

// CheckHost looks up a public host and compares its addresses with this machine's.
func (o Network) CheckHost(ctx context.Context, host string, behindProxy bool) []Finding {
	const name = "dns"
	found, err := o.lookupAddresses(ctx, host)
	if failed := checkPublicAddresses(name, host, found, err); failed != nil {
		return failed
	}
	own, err := o.localAddresses()
	if err != nil {
		return []Finding{{Warn, name,
			fmt.Sprintf("%s is %s; this machine's addresses are unknown: %v", host, joinAddresses(found), err), ""}}
	}
	return []Finding{compareAddresses(name, host, found, own, behindProxy)}
}

// checkPublicAddresses returns the problems with the addresses of a host, or nil if Alexa can reach all of them.
func checkPublicAddresses(name, host string, found []netip.Addr, err error) (findings []Finding) {
	failure, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && !failure.IsNotFound:
		return []Finding{{Warn, name, fmt.Sprintf("%s could not be looked up: %v", host, err),
			"try again, or check this machine's resolver"}}
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
			findings = append(findings, Finding{Fail, name, message, "use a host name that has only public addresses"})
		}
	}
	return findings
}

// compareAddresses compares a host's addresses with this machine's. If only one address family is wrong, for example
// because of an old AAAA record, the service answers only sometimes.
func compareAddresses(name, host string, found, own []netip.Addr, behindProxy bool) Finding {
	var local, other []netip.Addr
	for _, address := range found {
		if slices.Contains(own, address) {
			local = append(local, address)
		} else {
			other = append(other, address)
		}
	}
	switch {
	case len(other) == 0:
		return Finding{OK, name, fmt.Sprintf("%s is %s, this machine", host, joinAddresses(local)), ""}
	case len(local) > 0:
		return Finding{Warn, name,
			fmt.Sprintf("%s is %s, this machine, and also %s, another machine", host, joinAddresses(local), joinAddresses(other)),
			"correct or remove the other record: Alexa uses either"}
	case behindProxy:
		return Finding{OK, name,
			fmt.Sprintf("%s is %s, which is not this machine: the proxy there must forward requests to it", host, joinAddresses(found)), ""}
	}
	return Finding{Warn, name, fmt.Sprintf("%s is %s, which is not an address of this machine (%s)", host, joinAddresses(found),
		joinAddresses(slices.DeleteFunc(slices.Clone(own), func(a netip.Addr) bool { return !a.IsGlobalUnicast() }))),
		"this is fine if a router or load balancer forwards port 443 to this machine; otherwise correct the DNS record"}
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

// checkPort checks whether the service can listen at Alexa's port.
func checkPort(ctx context.Context, o Network, c *config.Config) Finding {
	const name = "port 443"
	host, port, _ := net.SplitHostPort(c.Listen) // package config has checked the address
	switch {
	case c.TLS.Mode == config.TLSOff:
		return Finding{OK, name, fmt.Sprintf("belongs to the proxy, because tls.mode is off: the proxy has the certificate and must "+
			"forward each POST to %s with unchanged path, headers and body", c.Listen), ""}
	case port != alexaPort:
		return Finding{Warn, name,
			fmt.Sprintf("the service listens on port %s: Alexa connects only to port 443, and reports no error", port),
			`set listen to ":443", or forward port 443 to the service`}
	}
	err := o.tryListen(ctx, c.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return checkPortOwner(ctx, o, c, host)
	case access.IsPermission(err) && postToPort(ctx, o, c, host).isOwnRefusal(): // the service has another user, and listens
		return Finding{OK, name, alreadyListens, ""}
	}
	return checkListenError(name, "listen", 443, err)
}

const alreadyListens = "this service already listens there"

// checkListenError explains the result of an attempt to listen. A user without the right proves nothing about the service.
func checkListenError(name, key string, port int, err error) Finding {
	message, remedy := (access.Host{}).ListenProblem(key, port, err)
	switch {
	case err == nil:
		return Finding{OK, name, "is free, and this user may listen there", ""}
	case access.IsPermission(err):
		return Finding{Warn, name, message, remedy}
	}
	return Finding{Fail, name, message, remedy}
}

// checkListeners checks the service's other ports. If one is taken, the service does not start. It reports problems only.
func (m MachineCheck) checkListeners(ctx context.Context) (findings []Finding) {
	c := m.Config
	for _, l := range []struct{ key, address string }{
		{"listen", c.Listen}, {"admin.listen", c.Admin.Listen}, {"tls.http_listen", c.TLS.HTTPListen},
	} {
		_, text, _ := net.SplitHostPort(l.address)
		port, _ := strconv.Atoi(text)
		if port == 0 || l.key == "listen" && text == alexaPort && c.TLS.Mode != config.TLSOff { // checkPort examines it
			continue
		}
		err := m.Network.tryListen(ctx, l.address)
		ours := errors.Is(err, syscall.EADDRINUSE) && access.IsOurs((access.Host{}).PortOwner(port))
		if err == nil || ours && isRunning(ctx, c.Admin) {
			continue
		}
		findings = append(findings, checkListenError("port "+text, l.key, port, err))
	}
	return findings
}

// isRunning reports whether the service answers at its private listener.
func isRunning(ctx context.Context, admin config.Admin) bool {
	return access.CheckHealth(ctx, io.Discard, admin.Listen, admin.PasswordFile, false) == nil
}

// checkPortOwner finds out which program listens at the port. It recognizes this service by its answer at a skill's path.
// A service without a certificate cannot answer at port 443. Many users run the check at this time, so checkPortOwner also
// sends a request to the private listener.
func checkPortOwner(ctx context.Context, o Network, c *config.Config, host string) Finding {
	const name = "port 443"
	got := postToPort(ctx, o, c, host)
	switch {
	case got.isOwnRefusal():
		return Finding{OK, name, alreadyListens, ""}
	case c.TLS.Mode == config.TLSACME && isMissingCertificateAlert(got.err) && isRunning(ctx, c.Admin):
		return Finding{Warn, name, alreadyListens + ", but has no certificate yet",
			`see the reason in its log ("certificate not issued") or in /readyz`}
	}
	message := "another program listens there"
	if owner := (access.Host{}).PortOwner(443); owner != "" {
		message += ": " + owner
	}
	return Finding{Fail, name, message, "stop it, or use it as the proxy and set tls.mode to off"}
}

// isMissingCertificateAlert reports whether a server aborted the handshake as this service does without a certificate.
// The TLS library does not export a type for received alerts.
func isMissingCertificateAlert(err error) bool {
	const internalError = tls.AlertError(80) // RFC 8446, section 6
	alert, ok := errors.AsType[*net.OpError](err)
	return ok && alert.Op == "remote error" && alert.Err.Error() == internalError.Error()
}

// postToPort posts an unsigned request to Alexa's port of this machine.
func postToPort(ctx context.Context, o Network, c *config.Config, host string) postResult {
	if address := net.ParseIP(host); address == nil || address.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := &url.URL{Scheme: "https", Host: net.JoinHostPort(host, alexaPort), Path: c.Skills[0].Path}
	p := newEndpointClient(o, u, u.Host, &timeBudget{})
	defer p.close()
	return p.post(ctx, nil, []byte("{}"))
}
