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

func TestCheckDNS(t *testing.T) {
	const four, six = "203.0.113.10", "2001:db8::10"
	for _, row := range []struct {
		claim string
		mode  config.TLSMode
		found []string
		err   error
		own   []string
		want  []Finding
	}{
		{claim: "both addresses belong to this machine", found: []string{four, six}, own: []string{"127.0.0.1", four, six},
			want: []Finding{{OK, "dns", "skill.example.com is 203.0.113.10 and 2001:db8::10, this machine", ""}}},
		{claim: "an AAAA record of another machine", found: []string{four, six}, own: []string{four, "2001:db8::99"},
			want: []Finding{{Warn, "dns", "skill.example.com is 203.0.113.10, this machine, and also 2001:db8::10, another machine",
				"correct or remove the other record: Alexa uses either"}}},
		{claim: "behind a router", found: []string{four}, own: []string{"192.168.1.5"},
			want: []Finding{{Warn, "dns", "skill.example.com is 203.0.113.10, which is not an address of this machine (192.168.1.5)",
				"this is fine if a router or load balancer forwards port 443 to this machine; otherwise correct the DNS record"}}},
		{claim: "behind a proxy", mode: config.TLSOff, found: []string{four}, own: []string{"192.168.1.5"},
			want: []Finding{{OK, "dns", "skill.example.com is 203.0.113.10, which is not this machine: the proxy there must forward requests to it", ""}}},
		{claim: "private addresses", found: []string{"192.168.1.5", four, "100.64.0.1", "fd00::1", "127.0.0.1", "fe80::1"}, own: []string{four},
			want: []Finding{
				{Fail, "dns", "skill.example.com is 192.168.1.5, which Alexa cannot reach", "use a host name that has only public addresses"},
				{Fail, "dns", "skill.example.com is 100.64.0.1, which Alexa cannot reach", "use a host name that has only public addresses"},
				{Fail, "dns", "skill.example.com is fd00::1, which Alexa cannot reach", "use a host name that has only public addresses"},
				{Fail, "dns", "skill.example.com is 127.0.0.1, which Alexa cannot reach", "use a host name that has only public addresses"},
				{Fail, "dns", "skill.example.com is fe80::1, which Alexa cannot reach", "use a host name that has only public addresses"},
			}},
		{claim: "a name that does not exist", err: &net.DNSError{IsNotFound: true},
			want: []Finding{{Fail, "dns", "skill.example.com has no address",
				"add an A record, and an AAAA record where there is IPv6, with the service's public address"}}},
		{claim: "a failing resolver", err: &net.DNSError{Err: "server misbehaving", Name: "skill.example.com"},
			want: []Finding{{Warn, "dns", "skill.example.com could not be looked up: lookup skill.example.com: server misbehaving", "try again, or check this machine's resolver"}}},
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

// TestLocalAddresses reads the addresses of the real machine. They must include a loopback address.
func TestLocalAddresses(t *testing.T) {
	own, err := Network{}.localAddresses()
	require.NoError(t, err)
	require.Contains(t, own, netip.MustParseAddr("127.0.0.1"))
	local, err := Network{}.lookupAddresses(t.Context(), "localhost")
	require.NoError(t, err)
	require.Contains(t, append(local, own...), netip.MustParseAddr("127.0.0.1"))
}

func TestCheckPort(t *testing.T) {
	for _, row := range []struct {
		claim, listen string
		mode          config.TLSMode
		err           error
		want          Finding
	}{
		{"free", ":443", config.TLSFiles, nil, Finding{OK, "port 443", "is free, and this user may listen there", ""}},
		{"a privileged port", ":443", config.TLSACME, syscall.EACCES, Finding{Warn, "port 443", "listen: this user may not listen at port 443: permission denied",
			"run the service with CAP_NET_BIND_SERVICE, for example as a systemd unit with AmbientCapabilities, or let its socket be opened for it"}},
		{"an address of another machine", "203.0.113.1:443", config.TLSFiles, syscall.EADDRNOTAVAIL,
			Finding{Fail, "port 443", "listen: cannot assign requested address", `set listen to an address of this machine, or to a port alone, such as ":443"`}},
		{"another port", ":8443", config.TLSFiles, nil, Finding{Warn, "port 443",
			"the service listens on port 8443: Alexa connects only to port 443, and reports no error",
			`set listen to ":443", or forward port 443 to the service`}},
		{"behind a proxy", "127.0.0.1:8443", config.TLSOff, errors.New("not asked"), Finding{OK, "port 443", "belongs to the proxy, because tls.mode is off: " +
			"the proxy has the certificate and must forward each POST to 127.0.0.1:8443 with unchanged path, headers and body", ""}},
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

// TestIdentifiesPortOwner checks that the report states which program listens at port 443.
func TestIdentifiesPortOwner(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	otherProgram := Finding{Fail, "port 443", "another program listens there", "stop it, or use it as the proxy and set tls.mode to off"}
	for _, row := range []struct {
		claim, address string
		want           Finding
	}{
		{"the service", p.startService(true), Finding{OK, "port 443", "this service already listens there", ""}},
		{"another web server", p.serverWithHandler(func(http.ResponseWriter, *http.Request) {}), otherProgram},
		{"a program without TLS", greetingServer(t, "220 hello\r\n"), otherProgram},
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
	require.Equal(t, Finding{OK, "port 443", "this service already listens there", ""}, checkPort(t.Context(), o, c),
		"to a user who may not listen there")
}

// TestIdentifiesPortOwnerWithoutCertificate has a service that does not have a certificate yet. The check must recognize
// this service, although other servers without a certificate abort the handshake in the same way.
func TestIdentifiesPortOwnerWithoutCertificate(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	s := &server.Server{Address: "127.0.0.1:0", PrivateAddress: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Issuer: &acme.Manager{Domains: []string{"skill.example.com"}, Directory: "https://" + closedAddress(t) + "/dir", Dir: t.TempDir()}}
	p.serveSkill(s)
	other := p.startServer(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("none yet") }}, http.NotFoundHandler())
	otherProgram := Finding{Fail, "port 443", "another program listens there", "stop it, or use it as the proxy and set tls.mode to off"}
	for _, row := range []struct {
		claim, address, private string
		want                    Finding
	}{
		{"the service", s.Addr().String(), s.PrivateAddr().String(), Finding{Warn, "port 443", "this service already listens there, but has no certificate yet",
			`see the reason in its log ("certificate not issued") or in /readyz`}},
		{"another server without a certificate", other, closedAddress(t), otherProgram},
		{"another server, and the service at the private listener", p.serverWithHandler(func(http.ResponseWriter, *http.Request) {}), s.PrivateAddr().String(), otherProgram},
	} {
		t.Run(row.claim, func(t *testing.T) {
			o := p.network(row.address)
			o.Listen = func(context.Context, string) (net.Listener, error) { return nil, syscall.EADDRINUSE }
			c := &config.Config{Listen: ":443", TLS: config.TLS{Mode: config.TLSACME}, Admin: config.Admin{Listen: row.private}, Skills: []config.Skill{{Path: "/alexa/halfelf"}}}
			require.Equal(t, row.want, checkPort(t.Context(), o, c))
		})
	}
}

// TestReportsFaultsOfFeed has posts without a date, with a future date, and with media without https. All must be reported.
func TestReportsFaultsOfFeed(t *testing.T) {
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
	report := checkFeedAt(t, publisher.URL+"/feed/", "")
	require.Contains(t, report, `
warn  dates halfelf    2 of 4 posts ("Two", "Four") without a usable date; 1 of 4 posts ("Three") with a date in the future; set the dates in the blog: the skill tells no date of a post without one; the time of the poll replaces a date in the future
warn  media halfelf    1 of 2 posts ("One") with an image that has no usable https address: Alexa shows only https images; 1 of 1 posts ("Three") with an episode that has no usable https address: Alexa plays only https audio; serve them over https, and use https addresses in the feed
`)
}

// TestIgnoresOlderPages checks that pages of older posts are not counted as the feed.
func TestIgnoresOlderPages(t *testing.T) {
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

func TestListPosts(t *testing.T) {
	require.Equal(t, `1 of 9 posts ("a")`, listPosts([]string{"a"}, 9, ""))
	require.Equal(t, `3 of 9 posts ("a", "b", "c")`, listPosts([]string{"a", "b", "c"}, 9, ""))
	require.Equal(t, `4 of 9 posts ("a", "b", "c", …)`, listPosts([]string{"a", "b", "c", "d"}, 9, ""))
}

func TestCheckType(t *testing.T) {
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
