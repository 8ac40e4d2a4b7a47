package inspect_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
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
