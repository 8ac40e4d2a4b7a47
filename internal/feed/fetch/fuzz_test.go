package fetch

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/idna"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// FuzzPublicHost checks each accepted spelling of a public host with other rules of international names, as a proxy or a
// resolver may use them. No rule may turn it into a host that is not public.
func FuzzPublicHost(f *testing.F) {
	for _, host := range append(feedtest.HostileHosts(), "müller.example", "例え.jp", "xn--r8jz45g.jp", "i❤.ws", "faß.example", "8.8.8.8", "my_blog.example") {
		f.Add(host)
	}
	rules := []*idna.Profile{
		idna.Lookup, idna.Display, idna.Registration, idna.Punycode,
		idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.CheckJoiners(false)),
		idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.Transitional(true)),
	}
	f.Fuzz(func(t *testing.T, host string) {
		u, err := url.Parse("https://" + host + "/")
		if err != nil || u.Hostname() == "" {
			return
		}
		canonical, err := feed.CanonicalURL(u)
		if err != nil {
			require.False(t, SameHost(u, u))
			return
		}
		requireCanonical(t, u, canonical)
		if isNonPublicHost(canonical.Hostname()) {
			return
		}
		for _, rule := range rules {
			for _, spelling := range []string{u.Hostname(), canonical.Hostname()} {
				for _, read := range []func(string) (string, error){rule.ToASCII, rule.ToUnicode} {
					name, _ := read(spelling) // a lenient reader ignores the error
					again, _ := idna.Lookup.ToASCII(name)
					for _, taken := range []string{name, again} {
						if taken = strings.Trim(strings.ToLower(taken), "."); strings.Contains(taken, ".") {
							require.False(t, isPrivateSpelling(taken), "%+q is %+q", host, taken)
						}
					}
				}
			}
		}
	})
}

// isPrivateSpelling reports whether a name, or the address that it spells, is not public.
func isPrivateSpelling(name string) bool {
	host, err := feed.CanonicalHost(name)
	return isPrivateName(name) || err == nil && isNonPublicHost(host)
}

// requireCanonical checks that a canonical URL stays canonical, is the same host, and survives printing and parsing.
func requireCanonical(t *testing.T, u, canonical *url.URL) {
	t.Helper()
	again, err := feed.CanonicalURL(canonical)
	require.NoError(t, err)
	require.Equal(t, canonical, again)
	require.True(t, SameHost(u, canonical) && SameHost(canonical, u))
	require.Empty(t, strings.Trim(canonical.Host, "abcdefghijklmnopqrstuvwxyz0123456789-_.:[]"), "%+q", canonical.Host)
	parsed, err := url.Parse(canonical.String())
	require.NoError(t, err)
	require.Equal(t, canonical.Host, parsed.Host)
}
