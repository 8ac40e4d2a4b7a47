package inspect_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

func TestStatusShowsReadiness(t *testing.T) {
	const ready, warned, notReady = "<h1>Everything is healthy</h1>", "<h1>Healthy, with 1 warning</h1>", "<h1>Something is failing</h1>"
	for _, row := range []struct {
		claim, want string
		change      func(*inspect.ServiceStatus)
	}{
		{"posts, a working feed and a valid certificate", ready, func(*inspect.ServiceStatus) {}},
		{"no certificate, because a proxy has it", ready, func(s *inspect.ServiceStatus) { s.Certificates = nil }},
		{"no posts", notReady, func(s *inspect.ServiceStatus) { s.Skills[1].Posts = 0 }},
		{"a failing feed", notReady, func(s *inspect.ServiceStatus) { s.Skills[1].FeedError = "status 503" }},
		{"a warning about a feed", warned, func(s *inspect.ServiceStatus) {
			s.Skills[1].FeedWarnings = []inspect.FeedWarning{{Problem: "the feed's posts carry -0500", Remedy: "set timezone"}}
		}},
		{"an expired certificate", notReady, func(s *inspect.ServiceStatus) { s.Certificates[1].NotAfter = began }},
		{"a missing certificate", notReady, func(s *inspect.ServiceStatus) { s.Certificates[1].NotAfter = time.Time{} }},
		{"a failed reload", notReady, func(s *inspect.ServiceStatus) { s.ReloadError = "listen: must be an address" }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			status := inspect.ServiceStatus{
				Skills:       []inspect.SkillStatus{{Name: "one", Posts: 1}, {Name: "two", Posts: 1}},
				Certificates: []inspect.CertificateStatus{{Name: "one.example.com", NotAfter: began.AddDate(1, 0, 0)}, {Name: "two.example.com", NotAfter: began.AddDate(1, 0, 0)}},
			}
			row.change(&status)
			d := newPageFixture(t)
			d.page.Status = func() inspect.ServiceStatus { return status }
			_, page := d.get("/")
			require.Contains(t, page, row.want)
		})
	}
}

// TestStatusShowsRemedies has a failing feed, a warning and a failing backfill. Each has its reason and its remedy.
func TestStatusShowsRemedies(t *testing.T) {
	d := newPageFixture(t)
	d.page.Status = func() inspect.ServiceStatus {
		return inspect.ServiceStatus{Skills: []inspect.SkillStatus{{
			Name: "one", Posts: 1, FeedError: "answered 403 Forbidden", FeedRemedy: "let the path <pass>",
			FeedWarnings:  []inspect.FeedWarning{{Problem: "the posts carry -0500", Remedy: "set <timezone>"}},
			BackfillError: "older posts cannot be fetched: answered 500", BackfillRemedy: "tell the publisher", BackfillRetry: began.Add(72 * time.Hour),
		}}}
	}
	_, page := d.get("/")
	for _, want := range []string{
		`<p>The feed is failing: answered 403 Forbidden</p><p class="remedy">let the path &lt;pass&gt;</p>`,
		`<p>older posts cannot be fetched: answered 500</p><p class="remedy">tell the publisher</p>`,
		`<dt>Feed</dt><dd><span class="mark failed">failing</span>`,
		`<dt>Older posts</dt><dd><span class="mark refused">failing</span> next attempt <time datetime="` + began.Add(72*time.Hour).UTC().Format(time.RFC3339) + `"`,
		`<span class="mark refused">warning</span> <strong>one</strong></p><p>the posts carry -0500</p><p class="remedy">set &lt;timezone&gt;</p>`,
	} {
		require.Contains(t, page, want)
	}
}
