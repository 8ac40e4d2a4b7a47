package setup

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/feed"
)

func TestTypedPasswordBecomesAVariable(t *testing.T) {
	for answer, want := range map[string]feedAddress{
		"https://halfelf.org/feed/":                    {text: "https://halfelf.org/feed/"},
		"halfelf.org":                                  {text: "https://halfelf.org"},
		"https://medium.com/@reader/feed":              {text: "https://medium.com/@reader/feed"},
		"https://reader:juniper@halfelf.org/":          {text: "https://reader:${FEED_PASSWORD}@halfelf.org/", secrets: secrets{"FEED_PASSWORD": "juniper"}},
		"HTTPS://reader:ju%40niper@halfelf.org/":       {text: "HTTPS://reader:${FEED_PASSWORD}@halfelf.org/", secrets: secrets{"FEED_PASSWORD": "ju%40niper"}},
		"https://reader:ju@niper@halfelf.org/":         {text: "https://reader:${FEED_PASSWORD}@halfelf.org/", secrets: secrets{"FEED_PASSWORD": "ju@niper"}},
		"reader:juniper@halfelf.org/feed":              {text: "https://reader:${FEED_PASSWORD}@halfelf.org/feed", secrets: secrets{"FEED_PASSWORD": "juniper"}},
		"https://juniper@halfelf.org/":                 {text: "https://${FEED_USER}@halfelf.org/", secrets: secrets{"FEED_USER": "juniper"}},
		"https://reader:${FEED_PASSWORD}@halfelf.org/": {text: "https://reader:${FEED_PASSWORD}@halfelf.org/"},
		"https://halfelf.org/?feed=rss2&access_token=juniper#x": {
			text: "https://halfelf.org/?feed=rss2&access_token=${FEED_KEY}#x", secrets: secrets{"FEED_KEY": "juniper"},
		},
		"https://reader:pw@halfelf.org/?Key=juniper": {
			text: "https://reader:${FEED_PASSWORD}@halfelf.org/?Key=${FEED_KEY}", secrets: secrets{"FEED_KEY": "juniper", "FEED_PASSWORD": "pw"},
		},
		"https://halfelf.org/?key=${MINE}": {text: "https://halfelf.org/?key=${MINE}"},
		"${FEED}":                          {text: "${FEED}"},
	} {
		if want.secrets == nil {
			want.secrets = secrets{}
		}
		require.Equal(t, want, newFeedAddress(answer), answer)
		require.NotContains(t, displayFeed(answer), "juniper", answer)
		require.NotContains(t, displayFeed(answer), "niper", answer)
	}
}

// TestFeedOfAPage requires that a page cannot make the file contain a variable or send the password to another host.
func TestFeedOfAPage(t *testing.T) {
	page := newFeedAddress("https://reader:juniper@blog.example/")
	page.full = config.FeedURL("https://reader:juniper@blog.example/")
	for named, want := range map[string]string{
		"https://blog.example/feed/":           "https://reader:${FEED_PASSWORD}@blog.example/feed/",
		"https://other.example/feed/":          "https://other.example/feed/",
		"https://other.example/?x=$%7BHOME%7D": "https://other.example/?x=$%7BHOME%7D",
	} {
		u, err := url.Parse(named)
		require.NoError(t, err)
		got := page.onSameSite(u)
		require.Equal(t, want, got.text)
		require.Equal(t, strings.Contains(want, "FEED_PASSWORD"), got.secrets["FEED_PASSWORD"] != "")
		require.Equal(t, "blog.example", got.page.Host)
	}
	hostile := &url.URL{Scheme: "https", Host: "other.example", Path: "/", RawQuery: "x=${HOME}"}
	require.Equal(t, "https://other.example/?x=$${HOME}", page.onSameSite(hostile).text)
}

func TestCommonLanguage(t *testing.T) {
	require.Empty(t, commonLanguage(nil))
	require.Equal(t, "de", commonLanguage([]feed.Entry{{Language: "en"}, {Language: "de"}, {Language: "de"}}))
}
