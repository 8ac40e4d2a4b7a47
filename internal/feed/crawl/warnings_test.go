package crawl

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/parse"
)

const faultyItem = `<item><title>Pickled dill</title><guid>1</guid><pubDate>Sat, 28 Feb 2026 22:30:00 -0500</pubDate>` +
	`<enclosure url="https://a.example/x.ogg?token=S3CRET" type="audio/ogg"/></item>`

// TestWarnsOfServedFaults has a feed with audio that is not an episode, and with dates that contradict the time zone. Each
// fault is logged when it begins and when it ends. A restart and a 304 do not change the warnings.
func TestWarnsOfServedFaults(t *testing.T) {
	s := newSite(t, serveBody(rssOf(faultyItem), "ETag", `"1"`))
	r, _, log := newRefresher(s.URL)
	require.NoError(t, r.Poll(t.Context()))
	want := []Warning{
		{"the feed's posts carry -0500", "timezone is UTC by default: set it, for example to America/New_York"},
		{`enclosures that are not episodes: 1, for example "https://a.example/x.ogg?…" of type "audio/ogg": Alexa does not play audio/ogg`,
			"publish audio as MP3, AAC or HLS, with https addresses and the right type in the feed"},
	}
	require.Equal(t, want, r.Status().Warnings)
	_, problem := r.Status().Problem()
	require.NoError(t, problem, "the posts are served")
	logged := strings.Join(log.drain(), "\n")
	require.Equal(t, 2, strings.Count(logged, `level=WARN msg="feed has a fault; serving its posts"`), logged)
	require.NotContains(t, logged, "S3CRET")

	s.setAnswer(serveStatus(http.StatusNotModified))
	restarted, clock, log := newRefresher(s.URL)
	restarted.Archive = r.Archive
	require.NoError(t, restarted.loadStateOnce(t.Context()))
	require.Equal(t, want, restarted.Status().Warnings)
	clock.now = hours(1)
	require.NoError(t, restarted.Poll(t.Context()))
	require.Equal(t, want, restarted.Status().Warnings)
	require.Empty(t, log.drain(), "logged once")

	s.setAnswer(serveStatus(http.StatusForbidden))
	clock.now = hours(2)
	require.Error(t, restarted.Poll(t.Context()))
	require.Equal(t, want, restarted.Status().Warnings, "the stored posts still have the faults")
	log.drain()

	s.setAnswer(serveBody(blog))
	clock.now = hours(3)
	require.NoError(t, restarted.Poll(t.Context()))
	require.Empty(t, restarted.Status().Warnings)
	require.Equal(t, 2, strings.Count(strings.Join(log.drain(), "\n"), `level=INFO msg="feed fault ended"`))
}

// TestSummarizeSkipped limits the stored example. A document may consist of one address.
func TestSummarizeSkipped(t *testing.T) {
	require.Zero(t, summarizeSkipped(nil))
	long := summarizeSkipped([]parse.SkippedAudio{{URL: "https://me:S3CRET@a.example/é" + strings.Repeat("é", 1000), Type: "audio/ogg"}, {}})
	require.Equal(t, 2, long.Count)
	require.LessOrEqual(t, len(long.Example.URL), 310)
	require.NotContains(t, long.Example.URL, "S3CRET")
}

func TestFeedLanguage(t *testing.T) {
	entries := func(languages ...string) (list []feed.Entry) {
		for _, lang := range languages {
			list = append(list, feed.Entry{Language: lang})
		}
		return list
	}
	require.Equal(t, "fr", feedLanguage(entries("fr", "en", "fr", "en", "fr"), "de-DE"))
	require.Equal(t, "de-DE", feedLanguage(entries("", "", ""), "de-DE"))
	require.Equal(t, "de-DE", feedLanguage(nil, "de-DE"))
}

// TestBackfillRemedies has an error of each kind at a page of older posts. The remedy is stored with the state.
func TestBackfillRemedies(t *testing.T) {
	const publisher = "the service tries again by itself; open the address in a browser, and tell the publisher if it fails there too"
	answered := func(status int) error {
		f := feed.NewFault(feed.ErrStatus, nil, "answered")
		f.Status = status
		return f
	}
	for _, row := range []struct {
		claim string
		err   error
		want  string
	}{
		{"401", answered(401), "put the user and the password into feed by environment variables: https://${FEED_USER}:${FEED_PASSWORD}@HOST/PATH"},
		{"403", answered(403), "let the publisher's firewall pass the feed's path for this service's User-Agent, lastpost/VERSION"},
		{"404: the feed's own address is right", answered(404), publisher},
		{"410", feed.NewFault(feed.ErrGone, nil, "gone"), publisher},
		{"429", answered(429), "the service tries again by itself; if this repeats, find out which other programs poll the feed from this machine's address"},
		{"500", answered(500), "the service tries again by itself; if this repeats, tell the publisher: the blog's server has a fault"},
		{"a bot challenge", feed.NewFault(feed.ErrBlocked, nil, "a challenge").WithRemedy("let the path /page/2 pass"), "let the path /page/2 pass"},
		{"a private address", feed.NewFault(feed.ErrPrivate, nil, "private"),
			"tell the publisher: a page of older posts is at a private address, and only the host in feed may have one"},
		{"a redirect to a wrong address", feed.NewFault(feed.ErrRedirect, nil, "redirects").WithRemedy("set feed to the http address"), publisher},
		{"another format", feed.NewFault(feed.ErrNotFeed, nil, "is not a feed"), publisher},
		{"an error without a kind", errors.New("unknown"), publisher},
	} {
		t.Run(row.claim, func(t *testing.T) {
			w := backfillState{Number: 1, Source: sourceNextLinks, URL: "https://blog.test/3"}
			w = w.afterResponse(feedResponse{}, row.err, feed.StoreResult{}, t0, 0)
			problem, remedy := w.status().Problem()
			require.NotEmpty(t, problem)
			require.Equal(t, row.want+"; posts can also be imported from a file: skill archive import FILE", remedy)
			w = w.afterResponse(feedResponse{}, nil, feed.StoreResult{NewlySeen: 1}, t0, 0)
			require.Empty(t, w.Remedy, "a page without an error has none")
		})
	}
}

// TestBackfillRemedyOfWebPage has a web page instead of a page of older posts, and a state of an earlier version.
func TestBackfillRemedyOfWebPage(t *testing.T) {
	for _, w := range []backfillState{
		backfillState{Source: sourceNextLinks}.abandon("https://blog.test/3: is a web page, not a feed"),
		{Source: sourceNextLinks, Failures: 1, Reason: "answered 403"},
	} {
		_, remedy := w.status().Problem()
		require.Equal(t, tellPublisher+"; posts can also be imported from a file: skill archive import FILE", remedy)
	}
}
