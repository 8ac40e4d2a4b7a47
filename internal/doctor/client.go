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

// answerTimeout is the timeout for an answer, a little longer than Alexa's.
const answerTimeout = 10 * time.Second

// alexaUserAgent is Alexa's User-Agent with the suffix "skill-check". Some firewalls filter by User-Agent.
const alexaUserAgent = "Apache-HttpClient/4.5.13 (Java/1.8.0_412) skill-check"

// An endpointClient posts to one address of an endpoint. It accepts every certificate, because other checks judge the
// certificate.
type endpointClient struct {
	client *http.Client
	url    string
	budget *timeBudget
}

// newEndpointClient returns a client that connects to address (HOST:PORT) instead of the URL's host. The client sends
// requests until the time budget is used up.
func newEndpointClient(o Network, u *url.URL, address string, watch *timeBudget) *endpointClient {
	return &endpointClient{url: u.String(), budget: watch, client: &http.Client{
		Timeout:       answerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // uses only HTTP/1.1, and no proxy
			DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return o.connect(ctx, address) },
			TLSClientConfig: permissiveTLS(u.Hostname()),
		},
	}}
}

func (p *endpointClient) close() { p.client.CloseIdleConnections() }

// A postResult is the answer to a request.
type postResult struct {
	status  int
	header  http.Header
	body    []byte
	message string // reason of a refusal by this program; "": unknown
	err     error  // not nil if the answer is missing or incomplete
	took    time.Duration
}

// post sends a request if the time budget allows it.
func (p *endpointClient) post(ctx context.Context, header http.Header, body []byte) postResult {
	if p.budget.isExhausted() {
		return postResult{err: errSkipped}
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

// do sends the request and reads the whole answer.
func (p *endpointClient) do(request *http.Request) postResult {
	response, err := p.client.Do(request)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return postResult{err: err}
	}
	defer func() { _ = response.Body.Close() }() // closing a response that was only read cannot lose data
	got := postResult{status: response.StatusCode, header: response.Header}
	got.body, got.err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	var refusal struct{ Message string }
	if json.Unmarshal(got.body, &refusal) == nil {
		got.message = printableLine(refusal.Message)
	}
	return got
}

// isHTML reports whether the answer is a web page. Proxies send web pages.
func (o postResult) isHTML() bool { return o.mediaType() == "text/html" }

func (o postResult) mediaType() string {
	kind, _, _ := mime.ParseMediaType(o.header.Get("Content-Type")) // invalid: ""
	return kind
}

// refusedWith reports whether the service refused the request with this message.
func (o postResult) refusedWith(message string) bool {
	return o.status == http.StatusBadRequest && o.message == message
}

// isOwnRefusal reports whether a service of this program has sent the answer, as a refusal.
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

// permissiveTLS accepts every certificate, old TLS versions and weak cipher suites, so that the check can find further
// problems.
func permissiveTLS(host string) *tls.Config {
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: suites}
}

// endpointTimeout is the time in which the check may start new requests to an endpoint. The last request can take up to
// answerTimeout more, so the check of the slowest endpoint takes at most 45 s. The limit is a time, not a number of
// failures, because a slow endpoint may never fail.
const endpointTimeout = 35 * time.Second

// errSkipped is the error of a request that was not sent because the time budget is used up. The report lists the skipped
// checks.
var errSkipped = errors.New("not checked: the time limit for this endpoint is reached")

// skippedFinding returns the finding for a skipped check.
func skippedFinding(check string) Finding {
	return Finding{Warn, check, errSkipped.Error(), "fix the slow component, and check again"}
}

// isSkipped reports whether the finding is for a skipped forged request.
func (f Finding) isSkipped() bool { return strings.HasSuffix(f.Message, ": "+errSkipped.Error()) }

// A timeBudget limits the time for an endpoint. Its zero value has no limit.
type timeBudget struct {
	deadline time.Time     // no new requests after it
	exceeded bool          // a request was not sent because of the deadline
	slowest  time.Duration // time for the slowest answer, including its connection
}

// isExhausted reports whether the deadline has passed. It is called before each new request.
func (s *timeBudget) isExhausted() bool {
	s.exceeded = !s.deadline.IsZero() && !time.Now().Before(s.deadline)
	return s.exceeded
}

// recordAnswer records the duration of an answer or of a timeout.
func (s *timeBudget) recordAnswer(took time.Duration) { s.slowest = max(s.slowest, took) }

// Alexa waits about 8 s for an answer. A few seconds are already too slow.
const (
	slowWarns = 3 * time.Second
	slowFails = 8 * time.Second
)

// checkSpeed reports how fast the endpoint is.
func (s *timeBudget) checkSpeed() Finding {
	const remedy = "Alexa waits about 8 s: find out why the service or the proxy is slow"
	f := Finding{OK, "url time", fmt.Sprintf("the slowest answer took %s", s.slowest.Round(time.Millisecond)), ""}
	switch {
	case s.exceeded && s.slowest == 0: // other findings report slow handshakes
		f.Verdict, f.Message, f.Remedy = Fail, fmt.Sprintf("the checks stopped after %s", endpointTimeout), remedy
	case s.exceeded:
		f.Verdict, f.Remedy = Fail, remedy
		f.Message = fmt.Sprintf("the checks stopped after %s: %s", endpointTimeout, f.Message)
	case s.slowest >= slowFails:
		f.Verdict, f.Remedy = Fail, remedy
	case s.slowest >= slowWarns:
		f.Verdict, f.Remedy = Warn, remedy+"; the first request fetches Amazon's certificate"
	}
	return f
}
