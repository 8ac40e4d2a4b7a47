package smapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// NewDebugTransport returns a transport that writes each exchange to w: method, address, status, request id and both bodies,
// without secrets. next is the transport that it uses, or nil for the default.
func NewDebugTransport(next http.RoundTripper, w io.Writer) http.RoundTripper {
	return newDebugTransport(next, w, &masks{})
}

func newDebugTransport(next http.RoundTripper, w io.Writer, m *masks) *debugTransport {
	if next == nil {
		next = http.DefaultTransport
	}
	return &debugTransport{next: next, w: w, masks: m}
}

type debugTransport struct {
	next  http.RoundTripper
	masks *masks
	mu    sync.Mutex // of w, so that exchanges do not mix
	w     io.Writer
}

// Limits of the debug output.
const (
	maxDebugBody  = 64 << 10 // of each body that is shown, in bytes
	maxDebugInput = 8 << 20  // of each body that is read before the masks are applied, in bytes
)

// RoundTrip sends a request and writes the exchange.
func (t *debugTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	sent, request, err := t.requestBody(request)
	if err != nil {
		return nil, err
	}
	t.rememberCredentials(request.Header)
	response, err := t.next.RoundTrip(request)
	if err != nil {
		t.write(request, sent, "< no answer: "+t.masks.text(transportCause(err).Error())+"\n")
		return nil, err
	}
	received, readErr := io.ReadAll(io.LimitReader(response.Body, maxDebugInput))
	rest := io.Reader(response.Body)
	if readErr != nil {
		rest = failingReader{readErr}
	}
	response.Body = &readBody{io.MultiReader(bytes.NewReader(received), rest), response.Body}

	answer := fmt.Sprintf("(more than %d MiB)", maxDebugInput>>20) // a part of the body could have a part of a secret
	if len(received) < maxDebugInput {
		answer = t.masks.body(received, response.Header.Get("Content-Type"), false) // before the headers, because it finds secrets
	}
	text := "< " + t.masks.text(response.Status) + "\n" + t.headers("< ", response.Header) + shownBody(answer)
	if readErr != nil {
		text += "< the answer was cut: " + t.masks.text(readErr.Error()) + "\n"
	}
	t.write(request, sent, text)
	return response, nil
}

// requestBody returns the text of the request's body, and a request with an unread body. It does not show a package.
func (t *debugTransport) requestBody(request *http.Request) (text string, unread *http.Request, err error) {
	if request.Body == nil || request.Body == http.NoBody {
		return "", request, nil
	}
	if isUpload(request) {
		return fmt.Sprintf("(%d bytes)\n", request.ContentLength), request, nil
	}
	content, err := io.ReadAll(request.Body)
	closeErr := request.Body.Close()
	if err = errors.Join(err, closeErr); err != nil {
		return "", nil, err
	}
	unread = request.Clone(request.Context())
	unread.Body = io.NopCloser(bytes.NewReader(content))
	return shownBody(t.masks.body(content, request.Header.Get("Content-Type"), true)), unread, nil
}

// rememberCredentials adds the access token of a request to the known secrets, because an answer may repeat it.
func (t *debugTransport) rememberCredentials(header http.Header) {
	for _, value := range header.Values("Authorization") {
		_, token, found := strings.Cut(value, " ")
		if !found {
			token = value
		}
		t.masks.remember(value, token)
	}
}

// isUpload reports whether a request sends a package to its upload URL.
func isUpload(request *http.Request) bool {
	_, ok := request.Context().Value(uploadKey{}).(bool)
	return ok
}

// uploadKey marks the context of a request whose whole address is secret.
type uploadKey struct{}

func (t *debugTransport) write(request *http.Request, sent, answer string) {
	address := t.masks.url(request.URL)
	if isUpload(request) {
		address = uploadAddress(request.URL)
	}
	text := "> " + request.Method + " " + address + "\n" + t.headers("> ", request.Header) + sent + answer + "\n"
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.w, text) // a full disk must not end the deployment
}

// uploadAddress returns the part of an upload URL that is not secret.
func uploadAddress(u *url.URL) string { return u.Scheme + "://" + u.Host + "/(upload URL)" }

// headers returns the lines of the headers that matter to a reader. Other headers may have secrets, such as cookies.
func (t *debugTransport) headers(prefix string, header http.Header) string {
	var text strings.Builder
	for _, name := range []string{"Authorization", "If-Match", "Content-Type", "Content-Length", "Location", "Etag", "Retry-After",
		"Www-Authenticate", "X-Amzn-Requestid", "X-Amzn-Request-Id", "X-Amz-Request-Id", "X-Amzn-Errortype",
		"X-Amzn-Ratelimit-Limit", "Server", "Via"} {
		for _, value := range slices.Clone(header.Values(name)) {
			if name == "Authorization" {
				value = hidden
			}
			text.WriteString(prefix + strings.ToLower(name) + ": " + printable(t.masks.text(value)) + "\n")
		}
	}
	return text.String()
}

// shownBody returns the text of a masked body with its final newline. It cuts a long body.
func shownBody(masked string) string {
	masked = printable(strings.TrimSpace(masked))
	if masked == "" {
		return ""
	}
	if more := len(masked) - maxDebugBody; more > 0 {
		masked = strings.ToValidUTF8(masked[:maxDebugBody], "") + fmt.Sprintf("… (%d bytes more)", more)
	}
	return masked + "\n"
}

// printable replaces control characters, because an answer could send commands to the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// A readBody is a body that the transport has read. Close closes the original body.
type readBody struct {
	io.Reader
	io.Closer
}
