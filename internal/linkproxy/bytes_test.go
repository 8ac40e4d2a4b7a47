package linkproxy_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

// A recordingServer is an OAuth server that records each request byte for byte. handler sends the response.
type recordingServer struct {
	mu       sync.Mutex // of requests, while the server runs
	requests []string
	handler  http.HandlerFunc
}

func newRecordingHarness(t testing.TB, mode linkproxy.Mode) (*harness, *recordingServer) {
	s, e := newHarness(t), &recordingServer{}
	record := func(w http.ResponseWriter, r *http.Request) {
		dump, err := httputil.DumpRequest(r, true)
		require.NoError(t, err)
		e.mu.Lock()
		e.requests = append(e.requests, string(dump))
		e.mu.Unlock()
		if e.handler != nil {
			e.handler(w, r)
		}
	}
	s.server.Config.Handler = http.HandlerFunc(record)
	s.proxy.Mode = mode
	return s.startProxy(), e
}

// sendRaw sends a request exactly as written and returns the raw response.
func sendRaw(t testing.TB, address, request string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n"))
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(answer)
}

func hostOf(t testing.TB, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u.Host
}

// Requests and responses through the proxy are the same, byte for byte, as without it. Only host and path differ.
func TestForwardsBytesUnchanged(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write([]byte(`{"access_token":"x"}`))
	_ = zip.Close()
	const form = "Content-Type: application/x-www-form-urlencoded\n"
	for name, row := range map[string]struct {
		leg, request string
		answer       http.HandlerFunc
	}{
		"an odd query":         {"authorize", "GET PATH?a=%7e~&b=1+1%20&&c;d&=x&a=&é=ü%C3%BC HTTP/1.1\nHost: HOST\nConnection: close\n\n", nil},
		"a bare question mark": {"authorize", "GET PATH? HTTP/1.1\nHost: HOST\nConnection: close\n\n", nil},
		"headers in any order": {"token", "POST PATH HTTP/1.1\nHost: HOST\nX-Odd:  two  spaces \nX-Odd: again\naccept: a/b;q=0.5,*/*\nAuthorization: Basic eDp5\n" + form +
			"Content-Length: 11\nConnection: close\n\na=b+%7E&c&=", nil},
		"no user agent":          {"token", "POST PATH HTTP/1.1\nHost: HOST\nContent-Length: 0\nConnection: close\n\n", nil},
		"a body of unknown form": {"token", "POST PATH HTTP/1.1\nHost: HOST\nContent-Length: 3\nConnection: close\n\n\x00\xff\x80", nil},
		"compressed": {"token", "POST PATH HTTP/1.1\nHost: HOST\nAccept-Encoding: gzip,deflate\nContent-Length: 0\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		}},
		"an odd status": {"token", "POST PATH HTTP/1.1\nHost: HOST\nContent-Length: 0\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }},
		"a redirect": {"token", "POST PATH HTTP/1.1\nHost: HOST\nContent-Length: 0\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}},
		"no content": {"token", "POST PATH HTTP/1.1\nHost: HOST\nContent-Length: 0\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
		"no content type": {"token", "POST PATH HTTP/1.1\nHost: HOST\nContent-Length: 0\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = w.Write([]byte("<html>"))
		}},
		"the redirect back": {"authorize", "GET PATH?redirect_uri=https%3A%2F%2Fpitangui.amazon.com%2Fapi HTTP/1.1\nHost: HOST\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://pitangui.amazon.com/api?code=a%7eb&state=é")
			w.Header().Add("Set-Cookie", "a=b; Domain=127.0.0.1; path=/")
			w.Header().Set("Strict-Transport-Security", "max-age=1")
			w.WriteHeader(http.StatusSeeOther)
		}},
		"a HEAD request": {"authorize", "HEAD PATH?redirect_uri=https%3A%2F%2Fpitangui.amazon.com%2Fapi HTTP/1.1\nHost: HOST\nConnection: close\n\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://pitangui.amazon.com/api?code=a")
			w.Header().Set("Content-Length", "123")
			w.WriteHeader(http.StatusFound)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s, e := newRecordingHarness(t, linkproxy.Proxied)
			e.handler = row.answer
			send := func(address, path string) (request, response string) {
				e.requests = nil
				response = sendRaw(t, address, strings.NewReplacer("HOST", address, "PATH", path).Replace(row.request))
				require.Len(t, e.requests, 1)
				request = strings.NewReplacer("Connection: close\r\n", "", "X-Forwarded-For: 127.0.0.1\r\n", "").Replace(e.requests[0])
				return request, sortHeader(response)
			}
			request, response := send(hostOf(t, s.server.URL), "/oauth/"+row.leg)
			proxyRequest, proxyResponse := send(hostOf(t, s.proxyServer.URL), "/link/"+row.leg)
			require.Equal(t, request, proxyRequest)
			require.Equal(t, response, proxyResponse)
		})
	}
}

// sortHeader sorts the header lines of a response. It removes the date and the proxy's cookie, which differ between
// requests.
func sortHeader(answer string) string {
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	var lines []string
	for line := range strings.SplitSeq(head, "\r\n") {
		if !strings.HasPrefix(line, "Date: ") && !strings.HasPrefix(line, "Set-Cookie: __Host-lastpost-link=") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n") + "\n\n" + body
}

// The proxy changes only the request headers that would not work at the authorization server. want is the header line
// that the server receives, or "" if it receives none.
func TestAdaptsRequestHeaders(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	e.handler = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }
	own, here := hostOf(t, s.server.URL), hostOf(t, s.proxyServer.URL)
	for name, row := range map[string]struct{ line, want string }{
		"supported codings":                 {"Accept-Encoding: gzip;q=0.8, deflate", "Accept-Encoding: gzip;q=0.8, deflate"},
		"an unsupported coding":             {"Accept-Encoding: gzip, deflate, br, zstd", "Accept-Encoding: gzip, deflate"},
		"only unsupported codings":          {"Accept-Encoding: br", "Accept-Encoding: identity"},
		"this address as origin":            {"Origin: https://" + here, "Origin: https://" + own},
		"another origin":                    {"Origin: https://evil.example", "Origin: https://evil.example"},
		"no origin":                         {"Origin: null", "Origin: null"},
		"this address as referer":           {"Referer: https://" + here + "/link/login?a=b", "Referer: https://" + own + "/oauth/login?a=b"},
		"another referer":                   {"Referer: https://www.amazon.com/", "Referer: https://www.amazon.com/"},
		"X-Forwarded-For":                   {"X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 127.0.0.1"},
		"X_Forwarded_For":                   {"X_Forwarded_For: 203.0.113.7", ""},
		"an upgrade":                        {"Upgrade: websocket", ""},
		"the server's cookie":               {"Cookie: a=b; c=d", "Cookie: a=b; c=d"},
		"the proxy's cookie between others": {"Cookie: a=b; __Host-lastpost-link=KEY; c=d", "Cookie: a=b; c=d"},
		"only the proxy's cookie":           {"Cookie: __Host-lastpost-link=KEY", ""},
		"an unknown header":                 {"X-Amzn-Trace: 1", "X-Amzn-Trace: 1"},
	} {
		t.Run(name, func(t *testing.T) {
			e.requests = nil
			sendRaw(t, here, "GET /link/authorize HTTP/1.1\nHost: "+here+"\n"+row.line+"\nConnection: close\n\n")
			require.Len(t, e.requests, 1)
			require.Contains(t, e.requests[0], "Host: "+own+"\r\n")
			field, _, _ := strings.Cut(row.line, ":")
			var got string
			for line := range strings.SplitSeq(e.requests[0], "\r\n") {
				if strings.HasPrefix(line, field+":") {
					got = line
				}
			}
			require.Equal(t, row.want, got)
		})
	}
}

// If the client disconnects, the proxy still waits for the response and records it, so that the trace is complete.
func TestRecordsResponseAfterClientDisconnects(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	received, disconnected := make(chan struct{}), make(chan struct{})
	e.handler = func(w http.ResponseWriter, _ *http.Request) {
		close(received)
		<-disconnected
		time.Sleep(50 * time.Millisecond) // gives the proxy time to notice
		_, _ = w.Write([]byte("late"))
	}
	conn, err := tls.Dial("tcp", hostOf(t, s.proxyServer.URL), &tls.Config{InsecureSkipVerify: true})
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST /link/token HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	require.NoError(t, err)
	<-received
	require.NoError(t, conn.Close())
	close(disconnected)
	s.proxyServer.Close()
	traces := s.stop()
	require.Len(t, traces, 1)
	require.Equal(t, 200, traces[0].Exchanges[0].Status)
}
