package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lastpost/internal/server"
	"lastpost/internal/verify"
)

// probeTimeout is how long an answer is waited for, a little longer than Alexa does.
const probeTimeout = 10 * time.Second

// alexaUserAgent is what Alexa calls herself, as there are firewalls that judge by it.
const alexaUserAgent = "Apache-HttpClient/4.5.13 (Java/1.8.0_412) skill-check"

// A prober posts to one address of an endpoint, whatever certificate it shows: that is judged elsewhere.
type endpointClient struct {
	client *http.Client
	url    string
	budget *timeBudget
}

// newEndpointClient connects to address, HOST:PORT, whatever host the URL names. It posts until the time is over.
func newEndpointClient(o Network, u *url.URL, address string, watch *timeBudget) *endpointClient {
	return &endpointClient{url: u.String(), budget: watch, client: &http.Client{
		Timeout:       probeTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // HTTP/1.1 alone, and no proxy
			DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return o.connect(ctx, address) },
			TLSClientConfig: permissiveTLS(u.Hostname()),
		},
	}}
}

func (p *endpointClient) close() { p.client.CloseIdleConnections() }

// An outcome is what a request was answered with.
type postResult struct {
	status  int
	header  http.Header
	body    []byte
	message string // of a refusal by this program; "": none that can be read
	err     error  // nothing came back, or not all
	took    time.Duration
}

// post sends a request, where there is time.
func (p *endpointClient) post(ctx context.Context, header http.Header, body []byte) postResult {
	if p.budget.isExhausted() {
		return postResult{err: errNotAsked}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return postResult{err: err}
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json;charset=UTF-8")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", alexaUserAgent)
	began := time.Now()
	got := p.do(request)
	got.took = time.Since(began)
	p.budget.recordAnswer(got.took)
	return got
}

// do waits for the whole of an answer.
func (p *endpointClient) do(request *http.Request) postResult {
	response, err := p.client.Do(request)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return postResult{err: err}
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	got := postResult{status: response.StatusCode, header: response.Header}
	got.body, got.err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	var refusal struct{ Message string }
	if json.Unmarshal(got.body, &refusal) == nil {
		got.message = printableLine(refusal.Message)
	}
	return got
}

// isHTML tells whether the answer is a page, as proxies make them.
func (o postResult) isHTML() bool { return o.mediaType() == "text/html" }

func (o postResult) mediaType() string {
	kind, _, _ := mime.ParseMediaType(o.header.Get("Content-Type")) // what cannot be read is no type
	return kind
}

// refusedWith tells whether the service refused for this reason.
func (o postResult) refusedWith(message string) bool {
	return o.status == http.StatusBadRequest && o.message == message
}

// isOwnRefusal tells whether the refusal is one of this program's guard.
func (o postResult) isOwnRefusal() bool {
	for _, rule := range []verify.Rule{
		verify.CertificateURL, verify.SignatureHeader, verify.FetchLimit, verify.CertificateFetch, verify.CertificateDates,
		verify.CertificateName, verify.CertificateChain, verify.Signature, verify.Timestamp, verify.ApplicationID,
	} {
		if o.refusedWith(rule.Error()) {
			return true
		}
	}
	return o.refusedWith(server.BodyChangedMessage)
}

// permissiveTLS takes whatever a server offers, old versions and suites among it, so that what else is amiss shows too.
func permissiveTLS(host string) *tls.Config {
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: suites}
}

// endpointTimeout is how long an endpoint is asked new things. What is asked at its end has its own limit of time still, which
// is probeTimeout at the most: so the slowest endpoint is done with in 45 s. It is time that counts, and not failures,
// as an endpoint can be slow in a way that never fails.
const endpointTimeout = 35 * time.Second

// errNotAsked is why something has no answer. What is not asked is said.
var errNotAsked = errors.New("not asked, as the time for this endpoint is over")

// notAskedFinding is the Finding about what was not asked.
func notAskedFinding(check string) Finding {
	return Finding{Warn, check, errNotAsked.Error(), "mend what makes it slow, and check again"}
}

// isNotAsked tells whether that is what is said of a single thing.
func (f Finding) isNotAsked() bool { return strings.HasSuffix(f.Message, ": "+errNotAsked.Error()) }

// A stopwatch takes the time of an endpoint. Its zero value never says that it is over.
type timeBudget struct {
	deadline time.Time     // when nothing new is asked
	exceeded bool          // something was not asked therefore
	slowest  time.Duration // answer, the connection for it included
}

// isExhausted is asked before anything new is.
func (s *timeBudget) isExhausted() bool {
	s.exceeded = !s.deadline.IsZero() && !time.Now().Before(s.deadline)
	return s.exceeded
}

// recordAnswer is told of each answer, or that none came in time.
func (s *timeBudget) recordAnswer(took time.Duration) { s.slowest = max(s.slowest, took) }

// Alexa's answer must come within some 8 s. A few seconds are a sign of trouble.
const (
	slowWarns = 3 * time.Second
	slowFails = 8 * time.Second
)

// checkSpeed says how fast the endpoint is.
func (s *timeBudget) checkSpeed() Finding {
	const remedy = "Alexa waits some 8 s: look for what the service, or a proxy in front, waits for"
	f := Finding{OK, "url time", fmt.Sprintf("the slowest answer took %s", s.slowest.Round(time.Millisecond)), ""}
	switch {
	case s.exceeded && s.slowest == 0: // the lines of the handshakes say how slow they were
		f.Verdict, f.Message, f.Remedy = Fail, fmt.Sprintf("nothing more was asked after %s", endpointTimeout), remedy
	case s.exceeded:
		f.Verdict, f.Remedy = Fail, remedy
		f.Message = fmt.Sprintf("nothing more was asked after %s: %s", endpointTimeout, f.Message)
	case s.slowest >= slowFails:
		f.Verdict, f.Remedy = Fail, remedy
	case s.slowest >= slowWarns:
		f.Verdict, f.Remedy = Warn, remedy+"; the first request fetches Amazon's certificate"
	}
	return f
}
