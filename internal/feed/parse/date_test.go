package parse

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // time zones of blogs, also if the system has none

	"github.com/stretchr/testify/require"
)

// parseIn parses a feed of a blog in a zone.
func parseIn(t *testing.T, body, zone string) FeedDocument {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	doc, err := Feed(context.Background(), strings.NewReader(body), "", blogBase, t0, loc)
	require.NoError(t, err)
	return doc
}

func datedItems(texts ...string) string {
	var b strings.Builder
	for i, text := range texts {
		fmt.Fprintf(&b, "<item><title>%d</title><pubDate>%s</pubDate></item>", i, text)
	}
	return b.String()
}

func TestDatesAreInTheBlogsZone(t *testing.T) {
	body := rssFeed(datedItems("Mon, 14 Sep 2026", "2026-11-20 02:00:00", "2026-11-18", "Mon, 14 Sep 2026 10:00:00 +0000"))
	for zone, want := range map[string][]string{
		"UTC":                 {"2026-09-14T00:00:00Z", "2026-11-20T02:00:00Z", "2026-11-18T00:00:00Z", "2026-09-14T10:00:00Z"},
		"America/Los_Angeles": {"2026-09-14T07:00:00Z", "2026-11-20T10:00:00Z", "2026-11-18T08:00:00Z", "2026-09-14T10:00:00Z"},
		"Asia/Kolkata":        {"2026-09-13T18:30:00Z", "2026-11-19T20:30:00Z", "2026-11-17T18:30:00Z", "2026-09-14T10:00:00Z"},
	} {
		var got []string
		for _, e := range parseIn(t, body, zone).Entries {
			got = append(got, e.Published.Format(time.RFC3339))
		}
		require.Equal(t, want, got, zone)
	}
}

// TestIDsDoNotDependOnTheZone checks that a change of the configured zone does not duplicate posts that are identified
// by their date.
func TestIDsDoNotDependOnTheZone(t *testing.T) {
	ambiguous := datedItems("06/03/2026", "2026-11-20 02:00:00")
	ids := func(doc FeedDocument) (ids []string) {
		for _, e := range doc.Entries {
			ids = append(ids, e.ID)
		}
		return ids[:2]
	}
	want := ids(parseIn(t, rssFeed(ambiguous), "UTC"))
	require.Equal(t, want, ids(parseIn(t, rssFeed(ambiguous), "America/Los_Angeles")))
	require.Equal(t, want, ids(parseIn(t, rssFeed("<language>en-US</language>"+ambiguous), "UTC")))
	require.Equal(t, want, ids(parseIn(t, rssFeed(ambiguous+datedItems("06/13/2026")), "UTC")))
}

func TestOrderIsDecidedAtTheEnd(t *testing.T) {
	first := func(body string) string { return mustParse(t, body).Entries[0].Published.Format(time.DateOnly) }
	require.Equal(t, "2026-03-06", first(rssFeed(datedItems("06/03/2026", "02/01/2026", "13/01/2026"))))
	require.Equal(t, "2026-06-03", first(rssFeed(datedItems("06/03/2026", "02/01/2026", "01/13/2026")+"<language>de</language>")))
	require.Equal(t, "2026-03-06", first(rssFeed(datedItems("06/03/2026")+"<language>en-GB</language>")))
	require.Equal(t, "2026-06-03", first(rssFeed(datedItems("06-03-2026")+"<language>en-US</language>")))
	require.Equal(t, "2026-06-03", first(`{"items":[{"id":"1","date_published":"06-03-2026"}],"language":"en-US"}`))
}

func TestOffsetsOfTheDocument(t *testing.T) {
	doc := mustParse(t, rssFeed(datedItems("Sat, 28 Nov 2026 22:30:00 -0500", "28 Nov 2026 22:30 EST", "Sat, 27 Jun 2026 22:30:00 -0400",
		"Sat, 27 Jun 2026 22:30:00 -0400", "2026-11-18", "soon")))
	var got []string
	for _, o := range doc.Offsets {
		got = append(got, fmt.Sprintf("%s %s %d", o, o.Name, o.Count))
	}
	require.Equal(t, []string{"-0400  2", "-0500  1", "-0500 EST 1"}, got)
	require.Empty(t, mustParse(t, rssFeed(datedItems("2026-11-18"))).Offsets)
}

// TestNewestPostsStayWithAmbiguousDates parses more posts than a document may have.
func TestNewestPostsStayWithAmbiguousDates(t *testing.T) {
	var b bytes.Buffer
	for i := range 2*maxPosts + 500 {
		at := t0.AddDate(0, 0, -i/3)
		fmt.Fprintf(&b, "<item><title>%d</title><pubDate>%s</pubDate></item>", i, at.Format("01/02/2006 03:04:05 PM"))
	}
	doc := mustParse(t, rssFeed(b.String()))
	require.Len(t, doc.Entries, maxPosts)
	for i, e := range doc.Entries {
		require.Equal(t, fmt.Sprint(i), e.Title)
		require.Equal(t, t0.AddDate(0, 0, -i/3), e.Published)
	}
}

// TestDatesAreFast checks the time of 15,000 dates in a language that is not English.
func TestDatesAreFast(t *testing.T) {
	texts := dateTexts{"Ср, 03 Июн 2026 10:09:29 +0300"}
	start := time.Now()
	for range 15_000 {
		require.False(t, texts.claimed().IsZero())
	}
	require.Less(t, time.Since(start), 15*time.Second, "1.5 s on an idle machine is the limit, see BenchmarkParse in feed/dates")
}
