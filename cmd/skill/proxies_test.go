package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
	"lastpost/internal/freeport"
	"lastpost/internal/simulator"
	"lastpost/internal/verify/verifytest"
)

// clientHeaders returns the headers that the proxies in deploy/ set to the client's address.
func clientHeaders() []string { return []string{"X-Real-IP", "X-Forwarded-For"} }

// TestNginx sends requests through the real nginx with the configuration in deploy/.
func TestNginx(t *testing.T) {
	nginx := requireTool(t, "NGINX")
	for _, header := range clientHeaders() {
		t.Run(header, func(t *testing.T) {
			p := newProxyHarness(t, header)
			public, challenges := p.configureNginx()
			p.startProxy(public, nginx, "-p", p.harness.dir, "-e", "stderr", "-c", filepath.Join(p.harness.dir, "nginx.conf"))
			p.requireForwarding()
			require.Equal(t, http.StatusNotFound, p.getPlainHTTP(challenges), "plain HTTP serves only certbot's challenges")
		})
	}
}

// TestCaddy sends requests through the real Caddy with the configuration in deploy/.
func TestCaddy(t *testing.T) {
	caddy := requireTool(t, "CADDY")
	for _, header := range clientHeaders() {
		t.Run(header, func(t *testing.T) {
			p := newProxyHarness(t, header)
			public := p.configureCaddy()
			p.startProxy(public, caddy, "run", "--config", filepath.Join(p.harness.dir, "Caddyfile"), "--adapter", "caddyfile")
			p.requireForwarding()
		})
	}
}

// TestProxiesOfferSameSuites compares the lists of suites in deploy/. No test runs the Ingress or Traefik.
func TestProxiesOfferSameSuites(t *testing.T) {
	list := regexp.MustCompile(`ECDHE-ECDSA-AES128-GCM-SHA256:[A-Z0-9:-]+`)
	nginx := list.FindAllString(readDeployFile(t, "nginx/skill.conf"), -1)
	require.Len(t, nginx, 1)
	require.Equal(t, nginx, list.FindAllString(readDeployFile(t, "kubernetes/service.yaml"), -1))
	require.Contains(t, nginx[0], ":ECDHE-RSA-AES128-SHA:")

	var names []string
	for _, suite := range tls.CipherSuites() {
		if slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			names = append(names, suite.Name)
		}
	}
	for _, file := range []string{"caddy/Caddyfile", "traefik/skill.yaml"} {
		require.ElementsMatch(t, names, regexp.MustCompile(`TLS_ECDHE_\w+`).FindAllString(readDeployFile(t, file), -1), "Go's defaults")
	}
	require.Len(t, strings.Split(nginx[0], ":"), len(names))
}

// configureNginx writes a configuration that listens on loopback. It returns the addresses of HTTPS and of plain HTTP for certbot.
func (p *proxyHarness) configureNginx() (public, challenges string) {
	p.t.Helper()
	public, challenges = freeport.Address(p.t), freeport.Address(p.t)
	content := strings.ReplaceAll(readDeployFile(p.t, "nginx/skill.conf"), "proxy_pass http://127.0.0.1:8080;", "proxy_pass http://"+p.upstream+";")
	p.writeConfig("skill.conf", content,
		"listen 443 ssl;", "listen "+public+" ssl;", "\tlisten [::]:443 ssl;\n", "",
		"listen 80;", "listen "+challenges+";", "\tlisten [::]:80;\n", "",
		"/etc/letsencrypt/live/skill.example.com/fullchain.pem", p.certFile,
		"/etc/letsencrypt/live/skill.example.com/privkey.pem", p.keyFile)
	p.writeConfig("nginx.conf", fmt.Sprintf(`daemon off;
pid %[1]s/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	include %[1]s/skill.conf;
}`, p.harness.dir))
	return public, challenges
}

// configureCaddy writes a configuration that listens on loopback with a test certificate. It returns the address.
func (p *proxyHarness) configureCaddy() (public string) {
	p.t.Helper()
	public = freeport.Address(p.t)
	_, port, err := net.SplitHostPort(public)
	require.NoError(p.t, err)
	p.writeConfig("Caddyfile", "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"+readDeployFile(p.t, "caddy/Caddyfile"),
		"\nskill.example.com {\n", fmt.Sprintf("\nhttps://skill.example.com:%s {\n\tbind 127.0.0.1\n", port),
		"\ttls {\n", fmt.Sprintf("\ttls %s %s {\n", p.certFile, p.keyFile),
		"reverse_proxy 127.0.0.1:8080", "reverse_proxy "+p.upstream)
	return public
}

// requireTool returns the program that an environment variable names. It skips the test if the variable is not set.
func requireTool(t testing.TB, variable string) string {
	t.Helper()
	file := os.Getenv(variable)
	if file == "" {
		t.Skipf("needs %s, the path of a program; the Makefile's targets set it", variable)
	}
	return file
}

// readDeployFile returns a file of deploy/.
func readDeployFile(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(content)
}

// A proxyHarness is the real program behind a real proxy that terminates TLS.
type proxyHarness struct {
	t                 testing.TB
	harness           *harness
	roots             *x509.CertPool
	certFile, keyFile string // the proxy's
	upstream          string // where the program listens
	direct            string // the endpoint without the proxy
	public            string // where the proxy listens
	hub               *feedtest.Hub
	started           chan struct{} // closed when the proxy listens
}

// newProxyHarness starts the program with the proxy setting that the files in deploy/ require. Only 127.0.0.1 is a trusted
// proxy: the test's client uses another loopback address.
func newProxyHarness(t testing.TB, header string) *proxyHarness {
	t.Helper()
	h := newHarness(t, "{mode: off}\npublic_url: https://skill.example.com\nproxy: {header: "+header+", trusted: [127.0.0.1]}")
	h.env = append(h.env, "SKILL_TEST_PACE=100ms")
	p := &proxyHarness{t: t, harness: h, started: make(chan struct{})}
	p.nameHub()
	h.startAndWait()
	h.waitUntilReady()
	authority, err := verifytest.NewAuthority(time.Now())
	require.NoError(t, err)
	leaf, err := authority.Issue(verifytest.CertificateTemplate{Names: []string{"skill.example.com"}})
	require.NoError(t, err)
	p.roots, p.direct, p.upstream = authority.Pool(), h.url, strings.TrimSuffix(strings.TrimPrefix(h.url, "http://"), "/alexa/halfelf")
	p.certFile, p.keyFile = filepath.Join(h.dir, "proxy.pem"), filepath.Join(h.dir, "proxy.key")
	writeFile(t, p.certFile, verifytest.PEMBundle(leaf, authority.Intermediate))
	writeFile(t, p.keyFile, keyPEM(t, authority))
	return p
}

// writeConfig writes a file after replacements. The first text of each pair must occur exactly once.
func (p *proxyHarness) writeConfig(name, content string, pairs ...string) {
	p.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		require.Equal(p.t, 1, strings.Count(content, pairs[i]), "%s: %q", name, pairs[i])
		content = strings.Replace(content, pairs[i], pairs[i+1], 1)
	}
	writeFile(p.t, filepath.Join(p.harness.dir, name), []byte(content))
}

// startProxy runs the proxy until the test ends, and makes the harness's client connect to it from 127.0.0.77.
func (p *proxyHarness) startProxy(public, program string, args ...string) {
	p.t.Helper()
	p.public = public
	// nginx may run its workers as another user, and they need the proxy's folders.
	require.NoError(p.t, os.Chmod(p.harness.dir, 0o755))
	log, err := os.Create(filepath.Join(p.harness.dir, "proxy.log"))
	require.NoError(p.t, err)
	defer func() { _ = log.Close() }()
	process := exec.Command(program, args...)
	process.Env = append(os.Environ(), "HOME="+p.harness.dir, "XDG_DATA_HOME="+p.harness.dir, "XDG_CONFIG_HOME="+p.harness.dir)
	process.Stdout, process.Stderr = log, log
	require.NoError(p.t, process.Start())
	p.t.Cleanup(func() { _ = process.Process.Signal(os.Interrupt); _ = process.Wait() })
	require.Eventually(p.t, func() bool {
		conn, err := net.Dial("tcp", public)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 20*time.Second, 20*time.Millisecond, "the proxy does not listen:\n%s", &logLines{log.Name()})

	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 77)}}
	p.harness.url = "https://skill.example.com/alexa/halfelf"
	p.harness.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "skill.example.com:443" {
				address = public
			}
			return dialer.DialContext(ctx, network, address)
		},
	}}
	p.t.Cleanup(p.harness.client.CloseIdleConnections)
	close(p.started)
}

// nameHub makes the feed name a hub, which calls the service through the proxy.
func (p *proxyHarness) nameHub() {
	p.hub = &feedtest.Hub{Transport: p}
	p.t.Cleanup(p.hub.Close)
	p.harness.feed.setHandler(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hub" {
			p.hub.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Link", `</hub>; rel="hub"`)
		simulator.ServeSampleFeed(w, r)
	})
}

// RoundTrip sends a request of the hub through the proxy. It waits for the proxy, because the service subscribes at once.
func (p *proxyHarness) RoundTrip(r *http.Request) (*http.Response, error) {
	<-p.started
	return p.harness.client.Transport.RoundTrip(r)
}

// requirePushes pushes as hubs do, with the whole feed in the body. The service polls the feed after each genuine push.
func (p *proxyHarness) requirePushes() {
	p.t.Helper()
	t, topic := p.t, p.harness.feed.url
	require.Eventually(t, func() bool { return len(p.hub.Subscribers(topic)) == 1 }, 10*time.Second, 10*time.Millisecond, "subscribed through the proxy")
	for _, size := range []int{0, 200 << 10, 5 << 20, feed.MaxBody} {
		polls := p.harness.feed.requestCount()
		pushed, err := p.hub.Publish(t.Context(), topic, "application/rss+xml", bytes.Repeat([]byte("x"), size))
		require.NoError(t, err, "a push of %d bytes", size)
		require.Equal(t, 1, pushed)
		p.harness.feed.waitForRequests(polls+1, 10*time.Second)
		require.Greater(t, p.harness.feed.requestCount(), polls, "a push of %d bytes polls", size)
	}
	_, err := p.hub.Publish(t.Context(), topic, "application/rss+xml", bytes.Repeat([]byte("x"), feed.MaxBody+1))
	require.ErrorContains(t, err, "answered 413")
}

// requireForwarding checks that the proxy forwards requests and responses unchanged, and handles large and failed requests.
func (p *proxyHarness) requireForwarding() {
	p.t.Helper()
	t, r := p.t, p.harness
	body := r.lastPostRequest("2025-12-25")
	status, answer := r.sendSigned(body)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, answer, "A quiet Christmas")

	spaced := append([]byte("\r\n\t "), append(bytes.Replace(body, []byte(`"version"`), []byte("\"versi\\u006fn\" \t"), 1), "\r\n \n"...)...)
	status, through := r.sendSigned(spaced)
	require.Equal(t, http.StatusOK, status, "the proxy forwards the signed body unchanged")
	require.Equal(t, p.sendDirectly(spaced), through, "the proxy returns the response unchanged")

	long := append(bytes.Clone(body), bytes.Repeat([]byte(" "), 60<<10-len(body))...)
	status, _ = r.sendSigned(long)
	require.Equal(t, http.StatusOK, status)
	status, _ = r.sendSigned(append(long, bytes.Repeat([]byte(" "), 5<<10)...))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)

	p.requireSuites()
	p.requireRefusals()
	p.requireClientAddress()
	p.requirePushes()

	require.Equal(t, 0, r.stop())
	began := time.Now()
	status, _ = r.sendSigned(body)
	require.Equal(t, http.StatusBadGateway, status, "without the service")
	require.Less(t, time.Since(began), 3*time.Second)
}

// requireSuites checks that the proxy offers the suites of the service's own listener. Some of Amazon's clients are reported to offer
// only suites with CBC.
func (p *proxyHarness) requireSuites() {
	p.t.Helper()
	const gcm, cbc = tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
	for want, offered := range map[uint16][]uint16{gcm: {cbc, gcm}, cbc: {cbc}} {
		config := &tls.Config{RootCAs: p.roots, ServerName: "skill.example.com", MaxVersion: tls.VersionTLS12, CipherSuites: offered}
		conn, err := tls.Dial("tcp", p.public, config)
		require.NoError(p.t, err)
		require.Equal(p.t, tls.CipherSuiteName(want), tls.CipherSuiteName(conn.ConnectionState().CipherSuite))
		require.NoError(p.t, conn.Close())
	}
}

// sendDirectly sends a request without the proxy and returns the response.
func (p *proxyHarness) sendDirectly(body []byte) string {
	p.t.Helper()
	url := p.harness.url
	defer func() { p.harness.url = url }()
	p.harness.url = p.direct
	status, answer := p.harness.sendSigned(body)
	require.Equal(p.t, http.StatusOK, status)
	return answer
}

// requireRefusals sends forged requests. Amazon requires that the service answers with 400.
func (p *proxyHarness) requireRefusals() {
	p.t.Helper()
	body := p.harness.lastPostRequest("")
	signed, err := p.harness.signer.Sign(body)
	require.NoError(p.t, err)
	for claim, forged := range map[string]struct {
		header http.Header
		body   []byte
	}{
		"no signature":       {http.Header{}, body},
		"another body":       {signed, append(bytes.Clone(body), '\n')},
		"no certificate URL": {http.Header{"Signature-256": signed["Signature-256"]}, body},
	} {
		status, answer, err := p.harness.post(p.t.Context(), forged.header.Clone(), bytes.NewReader(forged.body))
		require.NoError(p.t, err, claim)
		require.Equal(p.t, http.StatusBadRequest, status, claim)
		require.Contains(p.t, answer, `"status":400`, "the response is the service's: %s", claim)
	}
}

// requireClientAddress sends a request with forged client addresses in its headers. The log must contain the real address.
func (p *proxyHarness) requireClientAddress() {
	p.t.Helper()
	before := len(p.harness.log.withMessage("request"))
	status, _, err := p.harness.post(p.t.Context(), http.Header{
		"X-Real-Ip": {"203.0.113.9"}, "X-Forwarded-For": {"203.0.113.9, 203.0.113.10"}, "Forwarded": {"for=203.0.113.9"},
	}, strings.NewReader("{}"))
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusBadRequest, status)
	lines := p.harness.log.withMessage("request")
	require.Len(p.t, lines, before+1)
	require.Equal(p.t, "127.0.0.77", lines[before]["client"], "the logged client address: %v", lines[before])
}

// getPlainHTTP returns the status of a plain HTTP request.
func (p *proxyHarness) getPlainHTTP(address string) int {
	p.t.Helper()
	response, err := http.Get("http://" + address + "/alexa/halfelf")
	require.NoError(p.t, err)
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}
