package inspect_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/inspect"
)

func TestIsEverythingReady(t *testing.T) {
	const well, ill = "<h1>Everything is ready</h1>", "<h1>Something wants an eye</h1>"
	for _, row := range []struct {
		claim, want string
		change      func(*inspect.ServiceStatus)
	}{
		{"with posts, a feed and a certificate that are well", well, func(*inspect.ServiceStatus) {}},
		{"without a certificate, as a proxy has it", well, func(s *inspect.ServiceStatus) { s.Certificates = nil }},
		{"not without posts", ill, func(s *inspect.ServiceStatus) { s.Skills[1].Posts = 0 }},
		{"not with a feed that fails", ill, func(s *inspect.ServiceStatus) { s.Skills[1].FeedError = "status 503" }},
		{"not with a certificate that has ended", ill, func(s *inspect.ServiceStatus) { s.Certificates[1].NotAfter = began }},
		{"not before there is one", ill, func(s *inspect.ServiceStatus) { s.Certificates[1].NotAfter = time.Time{} }},
		{"not with a configuration that was not taken", ill, func(s *inspect.ServiceStatus) { s.ReloadError = "listen: must be an address" }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			status := inspect.ServiceStatus{
				Skills:       []inspect.SkillStatus{{Name: "one", Posts: 1}, {Name: "two", Posts: 1}},
				Certificates: []inspect.CertificateStatus{{Name: "one.example.com", NotAfter: began.AddDate(1, 0, 0)}, {Name: "two.example.com", NotAfter: began.AddDate(1, 0, 0)}},
			}
			row.change(&status)
			d := newDesk(t)
			d.page.Status = func() inspect.ServiceStatus { return status }
			_, page := d.get("/")
			require.Contains(t, page, row.want)
		})
	}
}
