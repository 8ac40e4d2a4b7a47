package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/server"
	"lastpost/internal/server/acme"
	"lastpost/internal/verify/verifytest"
)

// TestNames compares what a resolver says of the public host with the machine.
func TestNames(t *testing.T) {
	const four, six = "203.0.113.10", "2001:db8::10"
	for _, row := range []struct {
		claim string
		mode  config.TLSMode
		found []string
		err   error
		own   []string
		want  []Finding
	}{
		{claim: "both are this machine's", found: []string{four, six}, own: []string{"127.0.0.1", four, six},
			want: []Finding{{OK, "dns", "skill.example.com is 203.0.113.10 and 2001:db8::10, as is this machine", ""}}},
		{claim: "an AAAA record that leads elsewhere", found: []string{four, six}, own: []string{four, "2001:db8::99"},
			want: []Finding{{Warn, "dns", "skill.example.com is 203.0.113.10, as is this machine, and also 2001:db8::10, as it is not",
				"correct or remove the other record: Alexa takes either"}}},
		{claim: "behind a router", found: []string{four}, own: []string{"192.168.1.5"},
			want: []Finding{{Warn, "dns", "skill.example.com is 203.0.113.10, which is no address of this machine",
				"that is well where a router or a load balancer passes port 443 on to this machine; else correct the record"}}},
		{claim: "behind a proxy", mode: config.TLSOff, found: []string{four}, own: []string{"192.168.1.5"},
			want: []Finding{{OK, "dns", "skill.example.com is 203.0.113.10, which is not this machine: whatever is there must pass requests on to it", ""}}},
		{claim: "addresses that nobody outside can reach", found: []string{"192.168.1.5", four, "100.64.0.1", "fd00::1", "127.0.0.1", "fe80::1"}, own: []string{four},
			want: []Finding{
				{Fail, "dns", "skill.example.com is 192.168.1.5, which Alexa cannot reach", "let a name of public addresses alone be the endpoint's host"},
				{Fail, "dns", "skill.example.com is 100.64.0.1, which Alexa cannot reach", "let a name of public addresses alone be the endpoint's host"},
				{Fail, "dns", "skill.example.com is fd00::1, which Alexa cannot reach", "let a name of public addresses alone be the endpoint's host"},
				{Fail, "dns", "skill.example.com is 127.0.0.1, which Alexa cannot reach", "let a name of public addresses alone be the endpoint's host"},
				{Fail, "dns", "skill.example.com is fe80::1, which Alexa cannot reach", "let a name of public addresses alone be the endpoint's host"},
			}},
		{claim: "a name that does not exist", err: &net.DNSError{IsNotFound: true},
			want: []Finding{{Fail, "dns", "skill.example.com has no address",
				"add an A record, and an AAAA record where there is IPv6, with the service's public address"}}},
		{claim: "a resolver that is out of order", err: &net.DNSError{Err: "server misbehaving", Name: "skill.example.com"},
			want: []Finding{{Warn, "dns", "skill.example.com could not be looked up: lookup skill.example.com: server misbehaving", "ask again, or look into this machine's resolver"}}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			o := Network{
				Lookup:         func(context.Context, string) ([]netip.Addr, error) { return addressesOf(row.found), row.err },
				LocalAddresses: func() ([]netip.Addr, error) { return addressesOf(row.own), nil },
			}
			c := &config.Config{PublicURL: "https://skill.example.com", TLS: config.TLS{Mode: row.mode}, Skills: []config.Skill{{Path: "/alexa"}}}
			require.Equal(t, row.want, checkDNS(t.Context(), o, c))
		})
	}
}

func addressesOf(texts []string) (addresses []netip.Addr) {
	for _, text := range texts {
		addresses = append(addresses, netip.MustParseAddr(text))
	}
	return addresses
}

// TestOwnAddresses asks the real machine, which has a loopback.
func TestOwnAddresses(t *testing.T) {
	own, err := Network{}.localAddresses()
	require.NoError(t, err)
	require.Contains(t, own, netip.MustParseAddr("127.0.0.1"))
	local, err := Network{}.lookupAddresses(t.Context(), "localhost")
	require.NoError(t, err)
	require.Contains(t, append(local, own...), netip.MustParseAddr("127.0.0.1"))
}

// TestPort listens, or does not get to.
func TestPort(t *testing.T) {
	for _, row := range []struct {
		claim, listen string
		mode          config.TLSMode
		err           error
		want          Finding
	}{
		{"free", ":443", config.TLSFiles, nil, Finding{OK, "port 443", "is free, and this user may listen there", ""}},
		{"not for this user", ":443", config.TLSACME, syscall.EACCES, Finding{Warn, "port 443", "this user may not listen there: permission denied",
			"run the service with CAP_NET_BIND_SERVICE, for example as a systemd unit with AmbientCapabilities, or let its socket be opened for it"}},
		{"at an address of another machine", "203.0.113.1:443", config.TLSFiles, syscall.EADDRNOTAVAIL,
			Finding{Fail, "port 443", "cannot assign requested address", `set listen to ":443", or to an address of this machine`}},
		{"another port", ":8443", config.TLSFiles, nil, Finding{Warn, "port 443",
			"the service listens on port 8443: Alexa connects to no other port than 443, and says nothing",
			`set listen to ":443", or let something in front that owns port 443 pass its connections on`}},
		{"behind a proxy", "127.0.0.1:8443", config.TLSOff, errors.New("not asked"), Finding{OK, "port 443", "belongs to the proxy in front, as tls.mode is off: " +
			"it has the certificate, and passes each POST on to 127.0.0.1:8443 with path, headers and body as they are", ""}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			o := testNetwork()
			if row.err != nil {
				o.Listen = func(context.Context, string) (net.Listener, error) { return nil, row.err }
			}
			o.Dial = func(context.Context, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }
			c := &config.Config{Listen: row.listen, TLS: config.TLS{Mode: row.mode}, Skills: []config.Skill{{Path: "/alexa/halfelf"}}}
			require.Equal(t, row.want, checkPort(t.Context(), o, c))
		})
	}
}

// TestNeighbour finds somebody at port 443: the service itself, and others.
func TestNeighbour(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	strange := Finding{Fail, "port 443", "another program listens there", "end it, or let it stay in front of this service and set tls.mode to off"}
	for _, row := range []struct {
		claim, address string
		want           Finding
	}{
		{"the service", p.startService(true), Finding{OK, "port 443", "this service listens there already", ""}},
		{"another web server", p.serverWithHandler(func(http.ResponseWriter, *http.Request) {}), strange},
		{"something else", greetingServer(t, "220 hello\r\n"), strange},
	} {
		t.Run(row.claim, func(t *testing.T) {
			o := p.network(row.address)
			o.Listen = func(context.Context, string) (net.Listener, error) { return nil, syscall.EADDRINUSE }
			c := &config.Config{Listen: ":443", TLS: config.TLS{Mode: config.TLSFiles}, Skills: []config.Skill{{Path: "/alexa/halfelf"}}}
			require.Equal(t, row.want, checkPort(t.Context(), o, c))
		})
	}
	o := p.network(p.startService(true))
	o.Listen = func(context.Context, string) (net.Listener, error) { return nil, syscall.EACCES }
	c := &config.Config{Listen: ":443", TLS: config.TLS{Mode: config.TLSFiles}, Skills: []config.Skill{{Path: "/alexa/halfelf"}}}
	require.Equal(t, Finding{OK, "port 443", "this service listens there already", ""}, checkPort(t.Context(), o, c),
		"to a user who may not listen there")
}

// TestNeighbourWithoutACertificate finds the service while the CA does not give it one, and tells it from others that
// break the handshake off in the same way.
func TestNeighbourWithoutACertificate(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	s := &server.Server{Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Issuer: &acme.Manager{Domains: []string{"skill.example.com"}, Directory: "https://" + closedAddress(t) + "/dir", Dir: t.TempDir()}}
	p.serveSkill(s)
	other := p.startServer(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("none yet") }}, http.NotFoundHandler())
	strange := Finding{Fail, "port 443", "another program listens there", "end it, or let it stay in front of this service and set tls.mode to off"}
	for _, row := range []struct {
		claim, address, private string
		want                    Finding
	}{
		{"the service", s.Addr().String(), s.PrivateAddr().String(), Finding{Warn, "port 443", "this service listens there already, and has no certificate to show yet",
			`see "certificate not issued" in its log, or /readyz: they say why`}},
		{"another server in the same need, and no service", other, closedAddress(t), strange},
		{"another server in good health, beside the service", p.serverWithHandler(func(http.ResponseWriter, *http.Request) {}), s.PrivateAddr().String(), strange},
	} {
		t.Run(row.claim, func(t *testing.T) {
			o := p.network(row.address)
			o.Listen = func(context.Context, string) (net.Listener, error) { return nil, syscall.EADDRINUSE }
			c := &config.Config{Listen: ":443", TLS: config.TLS{Mode: config.TLSACME}, Admin: config.Admin{Listen: row.private}, Skills: []config.Skill{{Path: "/alexa/halfelf"}}}
			require.Equal(t, row.want, checkPort(t.Context(), o, c))
		})
	}
}

// TestCheckReadsTheFeed has posts of no day, of tomorrow, and with what Alexa cannot get at.
func TestCheckReadsTheFeed(t *testing.T) {
	tomorrow := time.Now().AddDate(0, 0, 1).UTC().Format(time.RFC1123Z)
	publisher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<rss version="2.0"><channel><title>Blog</title>
<item><title>One</title><guid>1</guid><pubDate>Fri, 13 Mar 2026 08:30:00 +0000</pubDate><description>&lt;img src="http://cdn.example.com/1.jpg"&gt;</description></item>
<item><title>Two</title><guid>2</guid><description>&lt;img src="https://cdn.example.com/2.jpg"&gt;</description></item>
<item><title>Three</title><guid>3</guid><pubDate>` + tomorrow + `</pubDate><enclosure url="http://127.0.0.1:9/3.mp3" type="audio/mpeg" length="1"/></item>
<item><title>Four</title><guid>4</guid><pubDate>Some day</pubDate></item>
</channel></rss>`))
	}))
	t.Cleanup(publisher.Close)
	said := checkFeedAt(t, publisher.URL+"/feed/", "")
	require.Contains(t, said, `
warn  dates halfelf    2 of 4 posts ("Two", "Four") without a usable date; 1 of 4 posts ("Three") with a date that lies ahead; date them in the blog: the service takes the time at which it first sees such a post
warn  media halfelf    1 of 2 posts ("One") with an image at no usable https address: Alexa shows no other; 1 of 1 posts ("Three") with an episode at no usable https address: Alexa plays no other; have them served over https, and say so in the feed
`)
}

// TestOlderPagesAreNotTheFeed keeps what a page of older posts has out of what is said about the feed.
func TestOlderPagesAreNotTheFeed(t *testing.T) {
	posts, err := archive.InMemory(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, posts.Close()) })
	seen := &entryCounter{Store: posts}
	entry := feed.Entry{Post: feed.Post{ID: "1", Title: "Old"}, Image: "http://cdn.example.com/1.jpg"}
	_, err = seen.Keep(t.Context(), feed.Batch{Entries: []feed.Entry{entry}, Now: time.Now(), Older: true})
	require.NoError(t, err)
	require.Equal(t, 1, posts.Len())
	require.Equal(t, &entryCounter{Store: posts}, seen)
}

// TestSome names no more than a few posts.
func TestSome(t *testing.T) {
	require.Equal(t, `1 of 9 posts ("a")`, listPosts([]string{"a"}, 9, ""))
	require.Equal(t, `3 of 9 posts ("a", "b", "c")`, listPosts([]string{"a", "b", "c"}, 9, ""))
	require.Equal(t, `4 of 9 posts ("a", "b", "c", …)`, listPosts([]string{"a", "b", "c", "d"}, 9, ""))
}

// TestTypes says what to choose in Amazon's console.
func TestTypes(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	for names, want := range map[string]string{
		"skill.example.com":                "Trusted",
		"*.example.com":                    "Wildcard",
		"*.example.com, SKILL.example.com": "Trusted",
		"*.example.com, example.com":       "Wildcard",
	} {
		t.Run(names, func(t *testing.T) {
			leaf, err := p.authority.Issue(verifytest.CertificateTemplate{Names: strings.Split(names, ", ")})
			require.NoError(t, err)
			require.Contains(t, checkType("x", leaf.Certificate, "skill.example.com").Message, "("+want+" in the manifest)")
		})
	}
}
