package inspect_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

// The archive that the list offers is of what the list shows.
func TestTheArchiveIsFiltered(t *testing.T) {
	d := newDesk(t, exchange("r1"), exchange("r2"))
	_, list := d.get("/exchanges?words=%22r2%22&who=alexa")
	link := regexp.MustCompile(`href="(/exchanges\.har[^"]*)"`).FindStringSubmatch(list)
	require.Len(t, link, 2)
	_, archive := d.get(html.UnescapeString(link[1]))
	require.Contains(t, archive, "r2")
	require.NotContains(t, archive, `\"r1\"`)
}

// A page elsewhere cannot take up the places of those who watch.
func TestEventsAreForThisPageAlone(t *testing.T) {
	d := newDesk(t)
	for _, site := range []string{"cross-site", "same-site"} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:9090/events", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		require.Equal(t, http.StatusForbidden, d.do(r).Code)
	}
}

// What is nested deeply is shown as it came: indented, 16 KiB of it would be 128 MB of page.
func TestDepthIsNotMultiplied(t *testing.T) {
	for claim, document := range map[string]string{
		"lists":                    strings.Repeat("[", 8000) + strings.Repeat("]", 8000),
		"objects":                  strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000),
		"behind an escaped quote":  `["\"",` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "]",
		"that Alexa herself signs": `{"version":"1.0","x":` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "}",
	} {
		t.Run(claim, func(t *testing.T) {
			hostile := forged()
			hostile.Body = []byte(document)
			if strings.Contains(claim, "signs") {
				hostile = exchange("r1")
				hostile.Body = []byte(document)
			}
			_, page := newDesk(t, hostile).get("/exchanges/1")
			require.Contains(t, page, strings.Repeat("[", 8000)[:min(8000, strings.Count(document, "["))])
			require.Less(t, len(page), 100<<10)
		})
	}
}

func TestWhatIsNotDeepIsIndented(t *testing.T) {
	deep := forged()
	deep.Body = []byte(strings.Repeat("[", 40) + strings.Repeat("]", 40))
	_, page := newDesk(t, deep).get("/exchanges/1")
	require.Contains(t, page, "[\n  [\n", "forty are not many")
	shallow := forged()
	shallow.Body = []byte(`{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",` + strings.Repeat(`"b":[[{}]],`, 50) + `"c":1}`)
	_, page = newDesk(t, shallow).get("/exchanges/1")
	require.Contains(t, page, "  <span class=\"key\">&#34;c&#34;</span>: <span class=\"number\">1</span>\n}")
}

// replayed is a request that Alexa signed, for a skill of somebody else's or long ago.
func replayed(rule string) inspect.ObservedExchange {
	x := exchange("replayed")
	x.Status, x.Rule, x.Err = 400, rule, errors.New("not for this skill, or not of now")
	return x
}

// Anybody may have a skill, and so requests with Alexa's signature.
func TestASignatureAloneIsNotBelieved(t *testing.T) {
	for _, rule := range []string{"application-id", "timestamp"} {
		t.Run(rule, func(t *testing.T) {
			r := &inspect.Recorder{}
			flood := []inspect.ObservedExchange{exchange("hers")}
			for range 300 {
				flood = append(flood, replayed(rule))
			}
			observed(t, r, flood...)
			all := r.Records()
			require.Equal(t, "hers", all[len(all)-1].RequestID, "a flood pushes none of Alexa's out")
			require.Len(t, all, 51)
			calls := r.Calls("halfelf")
			require.Equal(t, uint64(1), calls.Count)
			require.Equal(t, uint64(300), calls.Others)
			require.Equal(t, rule, calls.OtherRule)
			require.True(t, calls.Last.Equal(began))
		})
	}
}

// Nor does it push Alexa's out where they wait to be recorded.
func TestASignatureAloneIsNotBelievedInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &inspect.Recorder{}
		r.Observe(exchange("hers"))
		for range 300 {
			r.Observe(replayed("timestamp"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go r.Run(ctx)
		time.Sleep(time.Second)
		cancel()
		require.True(t, slices.ContainsFunc(r.Records(), func(record inspect.Record) bool { return record.RequestID == "hers" }))
	})
}

// Who has set a wrong application id up is led to the exchange that says so.
func TestARefusalOfAlexasIsFoundFromTheStatus(t *testing.T) {
	d := newDesk(t, replayed("application-id"))
	_, status := d.get("/")
	require.Contains(t, status, "broke the rule")
	link := regexp.MustCompile(`broke the rule <a href="([^"]+)">application-id<`).FindStringSubmatch(status)
	require.Len(t, link, 2, status)
	_, list := d.get(html.UnescapeString(link[1]))
	require.Contains(t, list, "LastPostIntent")
}

// An archive takes longer over a bad line than a page may.
func TestASlowReaderGetsTheWholeArchive(t *testing.T) {
	big := exchange("r1")
	big.Body = []byte(`{"said":"` + strings.Repeat("a", 60<<10) + `"}`)
	many := make([]inspect.ObservedExchange, 40)
	for i := range many {
		many[i] = big
	}
	server := httptest.NewUnstartedServer(newDesk(t, many...).page)
	server.Config.WriteTimeout = 100 * time.Millisecond
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			_ = conn.(*net.TCPConn).SetWriteBuffer(64 << 10)
		}
	}
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(64<<10))
	_, err = conn.Write([]byte("GET /exchanges.har HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
	require.NoError(t, err)
	time.Sleep(300 * time.Millisecond)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.True(t, json.Valid(content))
	require.Greater(t, len(content), 2<<20)
}

// What stands for a request whose body was not kept says so, and is still a POST.
func TestABodyThatWasNotKept(t *testing.T) {
	x := forged()
	x.Header, x.Body = http.Header{"Content-Type": {"text/plain"}}, []byte("password=secret")
	d := newDesk(t, x)
	_, page := d.get("/exchanges/1")
	require.Contains(t, page, "-X POST</pre>")
	_, archive := d.get("/exchanges/1/har")
	require.Contains(t, archive, `"mimeType": "text/plain"`)
	require.Contains(t, archive, "not of these bytes; 15 bytes that are no JSON")
	require.NotContains(t, page+archive, "password=secret")
}
