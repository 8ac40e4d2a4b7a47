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

// The link to the HAR file on a filtered list leads to a HAR file with the same exchanges.
func TestHARFollowsTheFilter(t *testing.T) {
	d := newPageFixture(t, exchange("r1"), exchange("r2"))
	_, list := d.get("/exchanges?words=%22r2%22&sender=alexa")
	link := regexp.MustCompile(`href="(/exchanges\.har[^"]*)"`).FindStringSubmatch(list)
	require.Len(t, link, 2)
	_, archive := d.get(html.UnescapeString(link[1]))
	require.Contains(t, archive, "r2")
	require.NotContains(t, archive, `\"r1\"`)
}

// The page refuses event streams for other websites, because they could use up the limited number of streams.
func TestRefusesEventsForOtherSites(t *testing.T) {
	d := newPageFixture(t)
	for _, site := range []string{"cross-site", "same-site"} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:9090/events", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		require.Equal(t, http.StatusForbidden, d.do(r).Code)
	}
}

// Deeply nested documents are shown without indentation, because 16 KiB would become a page of 128 MB.
func TestDoesNotIndentDeepDocuments(t *testing.T) {
	for claim, document := range map[string]string{
		"lists":                      strings.Repeat("[", 8000) + strings.Repeat("]", 8000),
		"objects":                    strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000),
		"after an escaped quote":     `["\"",` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "]",
		"a document signed by Alexa": `{"version":"1.0","x":` + strings.Repeat("[", 8000) + strings.Repeat("]", 8000) + "}",
	} {
		t.Run(claim, func(t *testing.T) {
			hostile := forgedExchange()
			hostile.Body = []byte(document)
			if strings.Contains(claim, "signed") {
				hostile = exchange("r1")
				hostile.Body = []byte(document)
			}
			_, page := newPageFixture(t, hostile).get("/exchanges/1")
			require.Contains(t, page, strings.Repeat("[", 8000)[:min(8000, strings.Count(document, "["))])
			require.Less(t, len(page), 100<<10)
		})
	}
}

func TestIndentsShallowDocuments(t *testing.T) {
	deep := forgedExchange()
	deep.Body = []byte(strings.Repeat("[", 40) + strings.Repeat("]", 40))
	_, page := newPageFixture(t, deep).get("/exchanges/1")
	require.Contains(t, pageText(page), "[\n  [\n", "depth 40 is allowed")
	shallow := forgedExchange()
	shallow.Body = []byte(`{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",` + strings.Repeat(`"b":[[{}]],`, 50) + `"c":1}`)
	_, page = newPageFixture(t, shallow).get("/exchanges/1")
	require.Contains(t, page, "  <span class=\"key\">&#34;c&#34;</span>: <span class=\"number\">1</span>\n</div><div>}")
}

// replayedExchange is a request that Alexa signed for another skill or a long time ago.
func replayedExchange(rule string) inspect.ObservedExchange {
	x := exchange("replayed")
	x.Status, x.Rule, x.Err = 400, rule, errors.New("other skill or old timestamp")
	return x
}

// A flood of replayed requests does not displace Alexa's requests. Every owner of a skill has requests with Alexa's
// signature and can replay them.
func TestReplayedFloodDoesNotDisplaceRecords(t *testing.T) {
	for _, rule := range []string{"application-id", "timestamp"} {
		t.Run(rule, func(t *testing.T) {
			r := &inspect.RequestRecorder{}
			flood := []inspect.ObservedExchange{exchange("genuine")}
			for range 300 {
				flood = append(flood, replayedExchange(rule))
			}
			observeInBatches(t, r, flood...)
			all := r.Records()
			require.Equal(t, "genuine", all[len(all)-1].RequestID, "Alexa's request is still stored")
			require.Len(t, all, 51)
			calls := r.Calls("halfelf")
			require.Equal(t, uint64(1), calls.Count)
			require.Equal(t, uint64(300), calls.RefusedCount)
			require.Equal(t, rule, calls.RefusedRule)
			require.True(t, calls.Last.Equal(began))
		})
	}
}

func TestReplayedFloodDoesNotFillTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &inspect.RequestRecorder{}
		r.Observe(exchange("genuine"))
		for range 300 {
			r.Observe(replayedExchange("timestamp"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		go r.Run(ctx)
		time.Sleep(time.Second)
		cancel()
		require.True(t, slices.ContainsFunc(r.Records(), func(record inspect.Record) bool { return record.RequestID == "genuine" }))
	})
}

// If application_id is wrong, the status page links to the refused request.
func TestStatusLinksToRefusedRequest(t *testing.T) {
	d := newPageFixture(t, replayedExchange("application-id"))
	_, status := d.get("/")
	require.Contains(t, status, "broke the rule")
	link := regexp.MustCompile(`broke the rule <a class="code" href="/manual/troubleshooting#row-application-id">application-id<[\s\S]*the <a href="([^"]+)">exchange<`).FindStringSubmatch(status)
	require.Len(t, link, 2, status)
	_, list := d.get(html.UnescapeString(link[1]))
	require.Contains(t, list, "Last post: March 2026")
}

// A slow client gets the whole HAR file, even if the download takes longer than the write timeout for pages.
func TestSlowClientGetsTheWholeHAR(t *testing.T) {
	big := exchange("r1")
	big.Body = []byte(`{"said":"` + strings.Repeat("a", 60<<10) + `"}`)
	many := make([]inspect.ObservedExchange, 40)
	for i := range many {
		many[i] = big
	}
	server := httptest.NewUnstartedServer(newPageFixture(t, many...).page)
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

func TestShowsRequestWithoutItsBody(t *testing.T) {
	x := forgedExchange()
	x.Header, x.Body = http.Header{"Content-Type": {"text/plain"}}, []byte("password=secret")
	d := newPageFixture(t, x)
	_, page := d.get("/exchanges/1")
	require.Contains(t, page, "-X POST</pre>")
	_, archive := d.get("/exchanges/1/har")
	require.Contains(t, archive, `"mimeType": "text/plain"`)
	require.Contains(t, archive, "not of these bytes; The body is not stored: 15 bytes that are not JSON")
	require.NotContains(t, page+archive, "password=secret")
}

// pageText returns the text of a page, without tags.
func pageText(page string) string {
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))
}
