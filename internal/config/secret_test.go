package config_test

import (
	"encoding/json"
	"fmt"
	neturl "net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

func TestFeedURLHidesPassword(t *testing.T) {
	s := config.Skill{Feed: "https://reader:hunter2@halfelf.org/feed/"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		require.Contains(t, fmt.Sprintf(verb, s.Feed), "https://<redacted>@halfelf.org/feed/")
		require.NotContains(t, fmt.Sprintf(verb, s), "hunter2")
	}
	asJSON, err := json.Marshal(s)
	require.NoError(t, err)
	require.NotContains(t, string(asJSON), "hunter2")
	require.Equal(t, "https://halfelf.org/feed/", config.FeedURL("https://halfelf.org/feed/").String())
	require.Equal(t, "https://halfelf.org/feed/?…", config.FeedURL("https://halfelf.org/feed/?key=hunter2").String())
	require.Equal(t, "https://<redacted>@halfelf.org/?…", config.FeedURL("https://reader:hunter2@halfelf.org/?key=hunter2").String())
	require.Equal(t, "<redacted>", config.FeedURL("https://reader:hunter2@[").String())
	require.Contains(t, string(s.Feed), "hunter2")
}

// No message contains a value from the environment, wherever the value is wrong.
func TestProblemsContainNoValues(t *testing.T) {
	const secret = "hunter2 ÄÖ\x01:"
	const text = `listen: ${S}
public_url: ${S}
tls: {mode: "${S}", domains: ["${S}", "${S}"], cert_file: "${S}"}
data_dir: ${S}
admin: {listen: "${S}"}
log: {level: "${S}", format: "${S}"}
skills:
  - &s {name: "${S}", path: "${S}", application_id: "${S}", invocation_name: "${S}", feed: "${S}", timezone: "${S}", locales: ["${S}", "${S}"]}
  - {name: "${S}", path: "${S}", application_id: "${S}", invocation_name: "${S}", feed: "${S}", timezone: "${S}", locales: ["${S}", "${S}"]}
`
	for _, value := range []string{secret, strings.TrimSuffix(secret, "\x01:"), "https://reader:hunter2@[", "-hunter2"} {
		_, err := config.Parse("skill.yaml", []byte(text), env(map[string]string{"S": value}))
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// TestExplainsSpecialCharactersOfPassword has passwords that break the address. Written as in a URL, they arrive as they are.
func TestExplainsSpecialCharactersOfPassword(t *testing.T) {
	text := strings.Replace(minimal, "https://halfelf.org/feed/", "https://reader:${FEED_PASSWORD}@halfelf.org/feed/", 1)
	for password, escaped := range map[string]string{
		"hunter2#": "hunter2%23", "hunter2?": "hunter2%3F", "hunter/2": "hunter%2F2", "100%hunter2": "100%25hunter2", "hunter2:@": "hunter2%3A%40",
	} {
		_, err := config.Parse("f", []byte(text), env(map[string]string{"FEED_PASSWORD": password}))
		if !strings.ContainsAny(password, "@:") { // an address may have these
			require.ErrorContains(t, err, "write special characters of the user and the password as in a URL, %23 for #", password)
			require.NotContains(t, err.Error(), "hunter")
		}
		c, err := config.Parse("f", []byte(text), env(map[string]string{"FEED_PASSWORD": escaped}))
		require.NoError(t, err)
		u, err := neturl.Parse(string(c.Skills[0].Feed))
		require.NoError(t, err)
		got, _ := u.User.Password()
		require.Equal(t, password, got)
	}
}
