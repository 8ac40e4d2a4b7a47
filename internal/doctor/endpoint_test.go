package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/server"
	"lastpost/internal/verify"
	"lastpost/internal/verify/verifytest"
)

const skillID = "amzn1.ask.skill.0d5cf4ae-6f1c-4a25-9c0b-2b3c4d5e6f70"

const endpointURL = "https://skill.example.com/alexa/halfelf"

// An endpointFixture has a CA that the check trusts, and starts the server that a test checks as skill.example.com.
type endpointFixture struct {
	t         *testing.T
	authority *verifytest.Authority
}

func newEndpointFixture(t *testing.T) endpointFixture {
	day := time.Now().Format(time.DateOnly) // a synctest bubble has another date, so it needs another CA
	made, _ := authorities.LoadOrStore(day, sync.OnceValues(func() (*verifytest.Authority, error) { return verifytest.NewAuthority(time.Now()) }))
	authority, err := made.(func() (*verifytest.Authority, error))()
	require.NoError(t, err)
	return endpointFixture{t, authority}
}

// authorities caches one CA per day, because key generation is slow.
var authorities sync.Map

// newFixtureWithForeignCA returns a fixture whose CA no other fixture trusts.
func newFixtureWithForeignCA(t *testing.T) endpointFixture {
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	return endpointFixture{t, authority}
}

// examine checks the server at a loopback address as if it were the endpoint.
func (p endpointFixture) examine(address, endpoint string) []Finding {
	p.t.Helper()
	u, err := ParseURL(endpoint)
	require.NoError(p.t, err)
	return EndpointCheck{URL: u, Network: p.network(address)}.Examine(p.t.Context())
}

func (p endpointFixture) network(address string) Network {
	o := testNetwork()
	o.Roots = p.authority.Pool()
	o.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	return o
}

// chain returns a certificate for skill.example.com with further certificates.
func (p endpointFixture) chain(template verifytest.CertificateTemplate, others ...*verifytest.IssuedCertificate) tls.Certificate {
	p.t.Helper()
	if template.Names == nil {
		template.Names = []string{"skill.example.com"}
	}
	leaf, err := p.authority.Issue(template)
	require.NoError(p.t, err)
	chain := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leaf.Key}
	for _, other := range others {
		chain.Certificate = append(chain.Certificate, other.Raw)
	}
	return chain
}

func (p endpointFixture) validChain() tls.Certificate {
	return p.chain(verifytest.CertificateTemplate{}, p.authority.Intermediate)
}

// startService starts the real server and returns its address. Without encryption the server runs behind a proxy.
func (p endpointFixture) startService(encrypted bool) string {
	p.t.Helper()
	s := &server.Server{
		Address: "127.0.0.1:0",
		Skills: []server.ServedSkill{{Name: "halfelf", Path: "/alexa/halfelf", ApplicationID: skillID,
			Handler: notifyingHandler(func() { p.t.Error("a forged request was answered") })}},
		Verifier: &verify.Verifier{Roots: p.authority.Pool(), Transport: p.bucket()},
	}
	if encrypted {
		leaf, err := p.authority.Issue(verifytest.CertificateTemplate{Names: []string{"skill.example.com"}})
		require.NoError(p.t, err)
		cert, key := filepath.Join(p.t.TempDir(), "cert.pem"), filepath.Join(p.t.TempDir(), "key.pem")
		der, err := x509.MarshalPKCS8PrivateKey(p.authority.Key)
		require.NoError(p.t, err)
		require.NoError(p.t, os.WriteFile(cert, verifytest.PEMBundle(leaf, p.authority.Intermediate), 0o600))
		require.NoError(p.t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
		s.Certificate, err = server.LoadCertificate(cert, key)
		require.NoError(p.t, err)
	}
	p.serveSkill(s)
	return s.Addr().String()
}

// serveSkill serves until the test ends.
func (p endpointFixture) serveSkill(s *server.Server) {
	p.t.Helper()
	require.NoError(p.t, s.Listen(p.t.Context()))
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	p.t.Cleanup(func() { stop(); require.NoError(p.t, <-served) })
}

// bucket returns a certificate bucket with a signing certificate at the usual URL.
func (p endpointFixture) bucket() *verifytest.Bucket {
	p.t.Helper()
	leaf, err := p.authority.Issue(verifytest.CertificateTemplate{})
	require.NoError(p.t, err)
	bucket := &verifytest.Bucket{}
	bucket.Put(verifytest.CertificateURL, verifytest.PEMBundle(leaf, p.authority.Intermediate))
	return bucket
}

// notifyingHandler calls a function for each request.
type notifyingHandler func()

func (a notifyingHandler) Handle(context.Context, *alexa.Envelope) (*alexa.Response, error) {
	a()
	return &alexa.Response{}, nil
}

// startServer serves over TLS and returns the address.
func (p endpointFixture) startServer(config *tls.Config, handler http.Handler) string {
	s := httptest.NewUnstartedServer(handler)
	s.TLS = config
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	p.t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// serverWithChain serves the real service with a certificate chain.
func (p endpointFixture) serverWithChain(chain tls.Certificate) string {
	return p.startProxy(chain, func(*http.Request) {})
}

// startProxy starts a proxy that changes each request to the real service.
func (p endpointFixture) startProxy(chain tls.Certificate, change func(*http.Request)) string {
	backend := &url.URL{Scheme: "http", Host: p.startService(false)}
	return p.startServer(&tls.Config{Certificates: []tls.Certificate{chain}}, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(backend)
		change(r.Out)
	}})
}

// serverWithHandler serves handler with a valid certificate.
func (p endpointFixture) serverWithHandler(handler http.HandlerFunc) string {
	return p.startServer(&tls.Config{Certificates: []tls.Certificate{p.validChain()}}, handler)
}

// TestReportsNoProblemWithRealService checks the real service, with and without a proxy.
func TestReportsNoProblemWithRealService(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	for claim, address := range map[string]string{
		"without a proxy":            p.startService(true),
		"behind a transparent proxy": p.serverWithChain(p.validChain()),
	} {
		t.Run(claim, func(t *testing.T) {
			findings := p.examine(address, endpointURL)
			require.Empty(t, problemLines(findings))
			require.Contains(t, findings, Finding{OK, "url headers", "SignatureCertChainUrl and Signature-256 arrive", ""})
			require.Contains(t, findings, Finding{OK, "url body", "bodies arrive byte for byte", ""})
			require.Contains(t, reportText(t, findings), "\nok    url probe        17 of Amazon's certification probes were refused with 400; --json lists them\n")
			require.Contains(t, reportText(t, findings), "\nok    url genuine      skipped: only Amazon can sign a request that the service must accept")
		})
	}
}

// problemLines returns the lines that are not ok.
func problemLines(findings []Finding) (lines []string) {
	for _, f := range findings {
		if f.Verdict != OK {
			lines = append(lines, string(f.Verdict)+" "+f.Check+": "+f.Message+"; "+f.Remedy)
		}
	}
	return lines
}

func reportText(t *testing.T, findings []Finding) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, WriteReport(&out, findings, false))
	return out.String()
}

// TestReportsUnreachableAddress has an IPv4 and an IPv6 address. One address is unreachable, and must be reported.
func TestReportsUnreachableAddress(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	six := netip.MustParseAddr("2001:db8::10")
	o := p.network(p.startService(true))
	o.Lookup = func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{publicAddress(), six}, nil }
	alive, dead := o.Dial, closedAddress(t)
	o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		if address == "[2001:db8::10]:443" {
			return new(net.Dialer).DialContext(ctx, "tcp", dead)
		}
		return alive(ctx, address)
	}
	u, err := ParseURL(endpointURL)
	require.NoError(t, err)
	findings := EndpointCheck{URL: u, Network: o}.Examine(t.Context())
	require.Equal(t, []string{"FAIL url connect: [2001:db8::10]:443 refuses connections: nothing listens there; " +
		"start the service, or correct the DNS record; behind a router, forward the port"}, problemLines(findings))
	require.Contains(t, reportText(t, findings), "17 of Amazon's certification probes were refused with 400")
}

// TestReportsEachMachine has two addresses of two machines with different certificates and answers. The report must name
// the problems of both.
func TestReportsEachMachine(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	other := p.startServer(&tls.Config{Certificates: []tls.Certificate{p.chain(verifytest.CertificateTemplate{Names: []string{"other.example.com"}}, p.authority.Intermediate)}},
		http.NotFoundHandler())
	o := p.network(p.startService(true))
	dial := o.Dial
	o.Lookup = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("203.0.113.99"), publicAddress()}, nil
	}
	o.Dial = func(ctx context.Context, address string) (net.Conn, error) {
		if address == "203.0.113.99:443" {
			return new(net.Dialer).DialContext(ctx, "tcp", other)
		}
		return dial(ctx, address)
	}
	u, err := ParseURL(endpointURL)
	require.NoError(t, err)
	findings := EndpointCheck{URL: u, Network: o}.Examine(t.Context())
	faultCase{want: []string{
		`^FAIL url host: skill\.example\.com is not among its names \(other\.example\.com\); `,
		`^warn url certificate: 203\.0\.113\.10:443 shows another certificate than 203\.0\.113\.99:443; `,
		`^FAIL url answer: 203\.0\.113\.99:443: 404; no skill has this path: `,
	}}.requireLines(t, problemLines(findings))
	require.Contains(t, findings, Finding{OK, "url host", "skill.example.com", ""}, "the second certificate is checked too")
	require.Contains(t, reportText(t, findings), "17 of Amazon's certification probes were refused with 400", "from the working address")
}

// closedAddress returns an address where no program listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// TestReportsUncheckedAddresses has more addresses than the check visits. The report must state this.
func TestReportsUncheckedAddresses(t *testing.T) {
	u, err := ParseURL(endpointURL)
	require.NoError(t, err)
	ip := publicAddress()
	four := []netip.Addr{ip, ip.Next(), ip.Next().Next(), ip.Prev()}
	require.NotContains(t, EndpointCheck{URL: u}.checkAddresses(four, nil)[0].Message, "examined")
	require.Contains(t, EndpointCheck{URL: u}.checkAddresses(append(four, ip.Prev().Prev()), nil)[0].Message, "203.0.113.8; only the first 4 are checked")
}
