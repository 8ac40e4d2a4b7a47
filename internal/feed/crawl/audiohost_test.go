package crawl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/parse"
)

// podcastFixture is a Transport and a Store. The Transport serves a feed, and its episodes on other hosts.
type podcastFixture struct {
	memoryStore
	feed  string
	hosts map[string]http.HandlerFunc // hosts that serve https; all others refuse https
	asked []*http.Request
	at    []time.Time
	audio map[string]string // stored audio URLs, by post id
}

func (r *podcastFixture) RoundTrip(q *http.Request) (*http.Response, error) {
	r.asked, r.at = append(r.asked, q), append(r.at, time.Now())
	answer := r.hosts[q.URL.Host]
	switch {
	case q.URL.Host == "blog.test":
		answer = serveBody(r.feed)
	case answer == nil || q.URL.Scheme != "https":
		return nil, errors.New("connection refused")
	}
	return recordResponse(answer, q), q.Context().Err()
}

func recordResponse(answer http.HandlerFunc, q *http.Request) *http.Response {
	body, header, code := new(strings.Builder), http.Header{}, 0
	answer(writer{body, header, &code}, q)
	if code == 0 {
		code = http.StatusOK
	}
	return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(strings.NewReader(body.String())), Request: q}
}

type writer struct {
	io.Writer
	header http.Header
	code   *int
}

func (w writer) Header() http.Header  { return w.header }
func (w writer) WriteHeader(code int) { *w.code = code }

func (r *podcastFixture) Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error) {
	if r.audio == nil {
		r.audio = map[string]string{}
	}
	for _, e := range b.Entries {
		r.audio[e.ID] = e.Audio.URL
	}
	return r.memoryStore.Keep(ctx, b)
}

// takeProbes returns the URLs that were requested since the last call, except the URL of the feed.
func (r *podcastFixture) takeProbes() (addresses []string) {
	for _, q := range r.asked {
		if q.URL.Host != "blog.test" {
			addresses = append(addresses, q.URL.String())
		}
	}
	r.asked, r.at = nil, nil
	return addresses
}

// setEpisodes sets the feed to episodes at the addresses, with the ids 1, 2, ….
func (r *podcastFixture) setEpisodes(addresses ...string) {
	var items strings.Builder
	for i, address := range addresses {
		fmt.Fprintf(&items, `<item><title>T</title><guid>%d</guid><pubDate>%s</pubDate><enclosure url="%s" type="audio/mpeg" length="1"/></item>`,
			i+1, t0.Add(-time.Duration(i)*time.Hour).Format(time.RFC1123Z), address)
	}
	r.feed = rssOf(items.String())
}

// newRefresher returns a new Refresher with the stored state, as after a restart.
func (r *podcastFixture) newRefresher() *Refresher {
	return &Refresher{URL: "https://blog.test/feed", Archive: r, Transport: r, Jitter: func() float64 { return 0 }}
}

// runPodcastTest runs a test with simulated time, in a bubble of testing/synctest.
func runPodcastTest(t *testing.T, test func(t *testing.T, r *podcastFixture)) {
	synctest.Test(t, func(t *testing.T) {
		test(t, &podcastFixture{hosts: map[string]http.HandlerFunc{"cdn.test": serveStatus(206)}})
	})
}

// TestUpgradesEpisodesToHTTPS checks that a host is probed once and that all its episodes are upgraded, also after a
// restart and in the backfill.
func TestUpgradesEpisodesToHTTPS(t *testing.T) {
	runPodcastTest(t, func(t *testing.T, r *podcastFixture) {
		r.setEpisodes("http://cdn.test/1.mp3", "http://CDN.test:80/2.mp3?a=b", "https://other.test/3.mp3", "http://cdn.test:8080/4.mp3", "http://me:secret@cdn.test/5.mp3")
		refresher := r.newRefresher()
		require.NoError(t, refresher.Poll(t.Context()))
		require.Len(t, r.asked, 2)
		require.GreaterOrEqual(t, r.at[1].Sub(r.at[0]), 2*time.Second)
		probe := r.asked[1]
		require.Equal(t, "GET bytes=0-0 lastpost", probe.Method+" "+probe.Header.Get("Range")+" "+probe.Header.Get("User-Agent"))
		require.Empty(t, probe.Header.Get("Cookie")+probe.Header.Get("Referer")+probe.Header.Get("Authorization"))
		require.Equal(t, []string{"https://cdn.test/1.mp3"}, r.takeProbes())
		require.Equal(t, map[string]string{
			"1": "https://cdn.test/1.mp3", "2": "https://CDN.test/2.mp3?a=b", "3": "https://other.test/3.mp3",
			"4": "http://cdn.test:8080/4.mp3", "5": "http://me:secret@cdn.test/5.mp3",
		}, r.audio)
		require.Equal(t, time.Now().UTC().Round(0), refresher.state.LastRequest, "the next request keeps the spacing to the probe")

		delete(r.hosts, "cdn.test") // the stored result is used, so the host is not requested again
		r.setEpisodes("http://cdn.test/new.mp3", "http://cdn.test/1.mp3")
		require.NoError(t, r.newRefresher().Poll(t.Context()))
		require.Empty(t, r.takeProbes())
		require.Equal(t, "https://cdn.test/new.mp3", r.audio["1"])

		again := r.newRefresher()
		require.NoError(t, again.loadStateOnce(t.Context()))
		older := feedResponse{doc: parse.FeedDocument{Entries: []feed.Entry{{Post: feed.Post{ID: "old"}, Audio: feed.Audio{URL: "http://cdn.test/old.mp3"}}}}}
		again.state.Backfill.Source = sourceNextLinks
		require.NoError(t, again.saveBackfillPage(t.Context(), older, nil))
		require.Equal(t, "https://cdn.test/old.mp3", r.audio["old"])
		require.Empty(t, r.takeProbes())
	})
}

func TestProbeResults(t *testing.T) {
	for _, row := range []struct {
		claim  string
		answer http.HandlerFunc
		secure bool
	}{
		{"a partial response", serveStatus(206, "Content-Type", "audio/mpeg"), true},
		{"the full file", serveBody("ID3", "Content-Type", "audio/mpeg"), true},
		{"an unknown type", serveStatus(200, "Content-Type", "application/octet-stream"), true},
		{"a web page", serveBody("<html>", "Content-Type", "Text/HTML; charset=utf-8"), false},
		{"a redirect within https", serveRedirect(302, "https://far.test/1.mp3"), true},
		{"a redirect to another path", serveRedirect(307, "/2.mp3"), true},
		{"a redirect to http", serveRedirect(301, "http://cdn.test/1.mp3"), false},
		{"a redirect without a target", serveStatus(302), false},
		{"not found", serveStatus(404), false},
		{"a server error", serveStatus(503), false},
		{"not modified", serveStatus(304), false},
		{"no https at all", nil, false},
	} {
		t.Run(row.claim, func(t *testing.T) {
			runPodcastTest(t, func(t *testing.T, r *podcastFixture) {
				r.hosts["cdn.test"] = row.answer
				r.setEpisodes("http://cdn.test/1.mp3")
				refresher := r.newRefresher()
				for range 10 {
					require.NoError(t, refresher.Poll(t.Context()))
					time.Sleep(time.Hour)
				}
				require.Len(t, r.takeProbes(), 1, "the result is stored")
				require.Equal(t, row.secure, r.audio["1"] == "https://cdn.test/1.mp3")
				require.Equal(t, !row.secure, r.audio["1"] == "http://cdn.test/1.mp3")
			})
		})
	}
}

// TestProbesFailedHostAgain checks that a host without https is probed again after a day.
func TestProbesFailedHostAgain(t *testing.T) {
	runPodcastTest(t, func(t *testing.T, r *podcastFixture) {
		r.hosts["cdn.test"] = serveStatus(503)
		r.setEpisodes("http://cdn.test/1.mp3")
		logs := new(logBuffer)
		for range 2 {
			refresher := r.newRefresher()
			refresher.Log = logs.logger()
			require.NoError(t, refresher.Poll(t.Context()))
			time.Sleep(25 * time.Hour)
		}
		require.Equal(t, 1, strings.Count(logs.String(), "audio not playable"), "logged once")
		require.Len(t, r.takeProbes(), 2)
		r.hosts["cdn.test"] = serveStatus(206)
		require.NoError(t, r.newRefresher().Poll(t.Context()))
		require.Equal(t, "https://cdn.test/1.mp3", r.audio["1"])
		time.Sleep(25 * time.Hour)
		require.NoError(t, r.newRefresher().Poll(t.Context()))
		require.Len(t, r.takeProbes(), 1)
	})
}

// TestLimitsProbes checks that a poll probes at most two hosts, and 32 in total. Otherwise an attacker could use a feed
// with 10,000 hosts to let the service attack other servers. It also checks that private hosts are not probed.
func TestLimitsProbes(t *testing.T) {
	runPodcastTest(t, func(t *testing.T, r *podcastFixture) {
		var addresses []string
		for i := range 100 {
			addresses = append(addresses, fmt.Sprintf("http://h%d.test/1.mp3", i))
		}
		r.setEpisodes(addresses...)
		refresher := r.newRefresher()
		for range 20 {
			require.NoError(t, refresher.Poll(t.Context()))
			require.LessOrEqual(t, len(r.takeProbes()), 2)
		}
		require.Len(t, refresher.state.AudioHosts, 32)
		require.Empty(t, r.takeProbes())
	})
	runPodcastTest(t, func(t *testing.T, r *podcastFixture) {
		r.setEpisodes("http://①②⑦.⓪.⓪.①/1.mp3", "http://ｌocalhost。/1.mp3")
		refresher := r.newRefresher()
		require.NoError(t, refresher.Poll(t.Context()))
		r.setEpisodes("http://127.0.0.1/1.mp3", "http://localhost/1.mp3")
		require.NoError(t, refresher.Poll(t.Context()))
		r.setEpisodes("http://169.254.169.254/latest", "http://2130706433/1.mp3")
		require.NoError(t, refresher.Poll(t.Context()))
		require.Empty(t, r.takeProbes())
	})
}

// TestHangingAudioHostDoesNotDelayPosts checks that an audio host that does not respond delays a poll only by seconds,
// and does not delay the storing of its posts. A process that stops must not wait for the host.
func TestHangingAudioHostDoesNotDelayPosts(t *testing.T) {
	runPodcastTest(t, func(t *testing.T, r *podcastFixture) {
		r.hosts["cdn.test"] = func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() }
		r.setEpisodes("http://cdn.test/1.mp3")
		began := time.Now()
		ctx, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		require.ErrorIs(t, r.newRefresher().Poll(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(began))
		ctx, end = context.WithTimeout(t.Context(), 5*time.Second)
		defer end()
		require.ErrorIs(t, r.newRefresher().Poll(ctx), context.DeadlineExceeded)
		require.Zero(t, r.Len())
		began = time.Now()
		require.NoError(t, r.newRefresher().Poll(t.Context()))
		require.Equal(t, 12*time.Second, time.Since(began))
		require.Equal(t, "http://cdn.test/1.mp3", r.audio["1"])
	})
}
