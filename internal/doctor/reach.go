package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/server/selfcheck"
)

// A Reach is what the machine of a running service sees of the service's public address. It differs from what Alexa sees: a
// router may not lead connections from inside back inside, and a local resolver may have other addresses.
type Reach struct {
	Err       error        // why the host's addresses are unknown; nil: they are known
	Absent    bool         // the host does not have an address, although the resolver knows other hosts
	Own       []netip.Addr // addresses of this machine
	Addresses []reachedAddress
}

// A reachedAddress is the result of a connection to one address of the public host.
type reachedAddress struct {
	address netip.Addr
	target  reachTarget
	status  int                 // of another server's answer; 0: it did not answer
	chain   []*x509.Certificate // that the address presents; nil: none
}

// A reachTarget is what answers at an address.
type reachTarget int

const (
	unreached   reachTarget = iota // a time limit, or a network that cannot be reached
	refused                        // nothing listens there
	thisService                    // this process
	sameProgram                    // another process of this program, such as another replica
	otherServer
)

// A SelfRequest lets a service recognize its own request to its public address.
type SelfRequest struct {
	Token string        // the value of selfcheck.RequestHeader
	Seen  func() uint64 // how many requests with the token have arrived
}

// controlHost is a host that exists: the service fetches Alexa's certificates there. If the resolver does not find it either,
// there is no internet access, and the public host's absence says nothing.
const controlHost = "s3.amazonaws.com"

// ObserveService looks up the public host, and sends a request to port 443 of each of its addresses. Without a public host it
// uses no network.
func (o Network) ObserveService(ctx context.Context, c *config.Config, self SelfRequest) (r Reach) {
	host := c.PublicHost()
	if host == "" {
		return Reach{}
	}
	found, err := o.lookupAddresses(ctx, host)
	if failure, ok := errors.AsType[*net.DNSError](err); ok && failure.IsNotFound || err == nil && len(found) == 0 {
		_, controlErr := o.lookupAddresses(ctx, controlHost)
		r.Absent, r.Err = controlErr == nil, controlErr
		return r
	}
	if err != nil {
		r.Err = err
		return r
	}
	u, err := url.Parse(c.EndpointURL(c.Skills[0]))
	if err != nil {
		r.Err = err
		return r
	}
	if r.Own, err = o.localAddresses(); err != nil {
		r.Own = sourceAddresses(ctx, found)
	}
	for _, address := range found[:min(len(found), maxAddresses)] {
		reached := reachedAddress{address: address}
		if isPublicAddress(address) { // what answers at a private address says nothing about Alexa's connections
			reached = o.reachAddress(ctx, u, address, self)
		}
		r.Addresses = append(r.Addresses, reached)
	}
	return r
}

// sourceAddresses returns this machine's addresses on the way to targets. A sandbox without netlink, such as that of the systemd
// units, does not let the service list all its addresses. Connecting a UDP socket sends no packet.
func sourceAddresses(ctx context.Context, targets []netip.Addr) (own []netip.Addr) {
	for _, target := range targets {
		conn, err := new(net.Dialer).DialContext(ctx, "udp", net.JoinHostPort(target.String(), alexaPort))
		if err != nil {
			continue // there is no way to this target
		}
		if source, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
			own = append(own, source.Addr().Unmap().WithZone(""))
		}
		_ = conn.Close() // nothing was sent, so closing cannot lose data
	}
	return own
}

// reachAddress connects to port 443 of an address and sends the request as Alexa sends a request.
func (o Network) reachAddress(ctx context.Context, u *url.URL, address netip.Addr, self SelfRequest) reachedAddress {
	r := reachedAddress{address: address}
	at := net.JoinHostPort(address.String(), alexaPort)
	state, err := handshake(ctx, o, at, permissiveTLS(u.Hostname()))
	if _, plain := errors.AsType[tls.RecordHeaderError](err); plain {
		r.target = otherServer
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		r.target = refused
	}
	if err != nil {
		return r
	}
	r.chain = state.PeerCertificates
	client := newEndpointClient(o, u, at, &timeBudget{})
	defer client.close()
	before := self.Seen()
	got := client.post(ctx, http.Header{selfcheck.RequestHeader: {self.Token}}, []byte("{}"))
	switch {
	case self.Seen() > before:
		r.target = thisService
	case got.isOwnRefusal():
		r.target = sameProgram
	case got.err == nil:
		r.target, r.status = otherServer, got.status
	}
	return r
}

// isOwn reports whether a public address belongs to this machine.
func (r Reach) isOwn(address netip.Addr) bool {
	return isPublicAddress(address) && slices.Contains(r.Own, address)
}

// ownPublic returns this machine's public addresses of the same family as address. Behind a router there are none, and then
// the public host's address cannot be compared with them.
func (r Reach) ownPublic(address netip.Addr) (own []netip.Addr) {
	for _, candidate := range r.Own {
		if isPublicAddress(candidate) && candidate.Is4() == address.Is4() {
			own = append(own, candidate)
		}
	}
	return own
}

// front returns the chain that a proxy in front of the service presents, or nil if there is none or it is unknown. A chain
// counts only if the request has arrived through it. Otherwise it may be a router's web page.
func (r Reach) front(own []*x509.Certificate) []*x509.Certificate {
	for _, a := range r.Addresses {
		behindProxy := a.target == sameProgram && len(own) == 0
		if (a.target == thisService || behindProxy) && len(a.chain) > 0 && !isSameLeaf(a.chain, own) {
			return a.chain
		}
	}
	return nil
}

func isSameLeaf(a, b []*x509.Certificate) bool {
	return len(a) > 0 && len(b) > 0 && bytes.Equal(a[0].Raw, b[0].Raw)
}

// isDirect reports whether Alexa certainly gets the certificate of this service's listener.
func (r Reach) isDirect(own []*x509.Certificate, listens net.Addr) bool {
	for _, a := range r.Addresses {
		if a.target == thisService && isSameLeaf(a.chain, own) || listensAtAlexaPort(listens) && r.isOwn(a.address) {
			return true
		}
	}
	return false
}

// listensAtAlexaPort reports whether other machines can reach this listener at Alexa's port.
func listensAtAlexaPort(listens net.Addr) bool {
	tcp, ok := listens.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback() && tcp.Port == 443
}

// timeServer is asked for the time if a feed's server contradicts this machine's clock.
const timeServer = "https://" + controlHost + "/"

// serverTime returns the time of a server that is independent of the feeds.
func (o Network) serverTime(ctx context.Context) (time.Time, error) {
	if o.ServerTime != nil {
		return o.ServerTime(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, timeServer, nil)
	if err != nil {
		return time.Time{}, err
	}
	// Every certificate is accepted, because a wrong clock makes valid ones expire. Someone on the way can only confirm a
	// feed's server that is wrong, which gives a false warning.
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = response.Body.Close() }() // closing a response that was only read cannot lose data
	return http.ParseTime(response.Header.Get("Date"))
}
