package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

const linkingConfig = minimal + `public_url: https://skill.example.com
account_linking:
`

func TestParsesAccountLinking(t *testing.T) {
	const urls = "  authorization_url: https://auth.example.com/a?p=1\n  token_url: https://auth.example.com/t\n"
	on := config.AccountLinking{Path: "/link", AuthorizationURL: "https://auth.example.com/a?p=1", TokenURL: "https://auth.example.com/t",
		ClientAuthentication: "basic", Record: "redacted", RecordFor: "24h"}
	with := func(change func(*config.AccountLinking)) config.AccountLinking {
		a := on
		change(&a)
		return a
	}
	for name, row := range map[string]struct {
		text string
		want config.AccountLinking
		full time.Duration
	}{
		"two addresses are enough": {urls, on, 0},
		"another path":             {urls + "  path: /oauth\n", with(func(a *config.AccountLinking) { a.Path = "/oauth" }), 0},
		"a given authorize":        {urls + "  authorize: redirect\n", with(func(a *config.AccountLinking) { a.Authorize = "redirect" }), 0},
		"path prefixes": {urls + "  allow_paths: [/, /login, /assets/]\n", with(func(a *config.AccountLinking) {
			a.AllowPaths = []string{"/", "/login", "/assets/"}
		}), 0},
		"a key": {urls + "  key_file: /etc/skill/key\n", with(func(a *config.AccountLinking) { a.KeyFile = "/etc/skill/key" }), 0},
		"a client": {urls + "  client_id: alexa\n  client_secret_file: /etc/skill/alexa\n  client_authentication: body\n  scopes: openid, offline_access\n",
			with(func(a *config.AccountLinking) {
				a.ClientID, a.ClientSecretFile, a.ClientAuthentication, a.Scopes = "alexa", "/etc/skill/alexa", "body", []string{"openid", "offline_access"}
			}), 0},
		"full recording for the default time": {urls + "  record: full\n", with(func(a *config.AccountLinking) { a.Record = "full" }), 24 * time.Hour},
		"full recording for a given time":     {urls + "  record: full\n  record_for: 90m\n", with(func(a *config.AccountLinking) { a.Record, a.RecordFor = "full", "90m" }), 90 * time.Minute},
		"record_for without full recording":   {urls + "  record_for: 90m\n", with(func(a *config.AccountLinking) { a.RecordFor = "90m" }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse("skill.yaml", []byte(linkingConfig+row.text), emptyEnv)
			require.NoError(t, err)
			require.Equal(t, row.want, got.AccountLinking)
			require.True(t, got.AccountLinking.Enabled())
			require.Equal(t, row.full, got.AccountLinking.FullRecording())
			authorize, token := got.LinkURLs()
			require.Equal(t, "https://skill.example.com"+row.want.Path+"/authorize", authorize)
			require.Equal(t, "https://skill.example.com"+row.want.Path+"/token", token)
		})
	}
}

func TestAccountLinkingIsOffByDefault(t *testing.T) {
	for name, text := range map[string]string{
		"absent":            minimal + "public_url: https://skill.example.com\n",
		"without both URLs": linkingConfig + "  path: /alexa\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse("skill.yaml", []byte(text), emptyEnv)
			require.NoError(t, err)
			require.False(t, got.AccountLinking.Enabled())
			authorize, token := got.LinkURLs()
			require.Empty(t, authorize+token)
		})
	}
}

func TestAccountLinkingRules(t *testing.T) {
	const (
		authorization = "  authorization_url: https://auth.example.com/a\n"
		token         = "  token_url: https://auth.example.com/t\n"
		notHTTPS      = "must be an https:// address without user and fragment, for example https://auth.example.com/token"
		taken         = "must be neither a skill's path, nor above or below one: choose another, for example \"/link\""
		prefix        = `must be a path from the root without "..", "//", "*", "%", ";" and a query, for example "/login"`
		oneWay        = "must be one of proxy, redirect"
		client        = "  client_id: alexa\n  client_secret_file: /etc/skill/alexa\n"
	)
	for name, row := range map[string]struct{ text, path, want string }{
		"only the authorization URL":     {authorization, "token_url", "is missing: authorization_url and token_url are both required"},
		"only the token URL":             {token, "authorization_url", "is missing: authorization_url and token_url are both required"},
		"plain http":                     {token + "  authorization_url: http://auth.example.com/a\n", "authorization_url", notHTTPS},
		"plain http for tokens":          {authorization + "  token_url: http://auth.example.com/t\n", "token_url", notHTTPS},
		"no host":                        {authorization + "  token_url: https:///t\n", "token_url", notHTTPS},
		"a user":                         {authorization + "  token_url: https://me:x@auth.example.com/t\n", "token_url", notHTTPS},
		"a fragment":                     {token + "  authorization_url: https://auth.example.com/a#x\n", "authorization_url", notHTTPS},
		"an empty fragment":              {token + "  authorization_url: \"https://auth.example.com/a#\"\n", "authorization_url", notHTTPS},
		"one address twice":              {authorization + "  token_url: https://auth.example.com/a\n", "token_url", "must not be authorization_url: an OAuth server has one address for each"},
		"its own address":                {authorization + "  token_url: https://skill.example.com/link/token\n", "token_url", "must be the OAuth server's address, not the address of this service's proxy"},
		"its own address in upper case":  {token + "  authorization_url: https://SKILL.example.com:443/link/authorize\n", "authorization_url", "must be the OAuth server's address, not the address of this service's proxy"},
		"a skill's path":                 {authorization + token + "  path: /alexa/halfelf\n", "path", taken},
		"above a skill's path":           {authorization + token + "  path: /alexa\n", "path", taken},
		"below a skill's path":           {authorization + token + "  path: /alexa/halfelf/link\n", "path", taken},
		"the root path":                  {authorization + token + "  path: /\n", "path", `must be more than "/", for example "/link"`},
		"a path without a leading slash": {authorization + token + "  path: link\n", "path", `must begin with "/", for example "/link"`},
		"a path for feed hubs":           {authorization + token + "  path: /websub/x\n", "path", `must not be under "/websub", which is for feed hubs, for example "/link"`},
		"an unknown authorize":           {authorization + token + "  authorize: direct\n", "authorize", oneWay},
		"an unknown record":              {authorization + token + "  record: all\n", "record", "must be one of redacted, full"},
		"an invalid time":                {authorization + token + "  record_for: a day\n", "record_for", "must be a time from 1m to 168h, for example 24h"},
		"a time that is too long":        {authorization + token + "  record_for: 169h\n", "record_for", "must be a time from 1m to 168h, for example 24h"},
		"a time that is too short":       {authorization + token + "  record_for: 59s\n", "record_for", "must be a time from 1m to 168h, for example 24h"},
		"a relative path prefix":         {authorization + token + "  allow_paths: [login]\n", "allow_paths[0]", prefix},
		"a path prefix with ..":          {authorization + token + "  allow_paths: [/login, /a/../b]\n", "allow_paths[1]", prefix},
		"a path prefix with a pattern":   {authorization + token + "  allow_paths: [\"/login/*\"]\n", "allow_paths[0]", prefix},
		"a path prefix with a host":      {authorization + token + "  allow_paths: [\"//auth.example.com/\"]\n", "allow_paths[0]", prefix},
		"a client without addresses":     {client, "client_id", "requires authorization_url and token_url: set them, or remove this key"},
		"a client without a secret":      {authorization + token + "  client_id: alexa\n", "client_secret_file", "is missing: client_id requires a file with the client's secret"},
		"a secret without a client":      {authorization + token + "  client_secret_file: /etc/skill/alexa\n", "client_secret_file", "requires client_id: set it, or remove this key"},
		"scopes without a client":        {authorization + token + "  scopes: [openid]\n", "scopes", "requires client_id: set it, or remove this key"},
		"an unknown authentication":      {authorization + token + client + "  client_authentication: jwt\n", "client_authentication", "must be one of basic, body"},
		"two scopes in one":              {authorization + token + client + "  scopes: [\"openid email\"]\n", "scopes[0]", "must be one scope without spaces"},
		"a scope twice":                  {authorization + token + client + "  scopes: [openid, openid]\n", "scopes[1]", "is the same as account_linking.scopes[0]: remove one of the two"},
		"too many scopes":                {authorization + token + client + "  scopes: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\n", "scopes", "must have at most 15 scopes, because Amazon accepts no more"},
		"a misspelled key":               {authorization + token + "  recrd: full\n", "recrd", `is an unknown key; did you mean "record"?`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("skill.yaml", []byte(linkingConfig+row.text), emptyEnv)
			var problems config.Problems
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems, 1, err)
			require.Equal(t, "account_linking."+row.path, problems[0].Path)
			require.Equal(t, row.want, problems[0].Message)
		})
	}
}

// TestLinkClientRequiresOneSkill has two skills and one client.
func TestLinkClientRequiresOneSkill(t *testing.T) {
	text := minimal + "  - {name: other, application_id: " + otherID + ", invocation_name: other blog, feed: 'https://other.example/feed/'}\n" +
		"account_linking:\n  authorization_url: https://auth.example.com/a\n  token_url: https://auth.example.com/t\n" +
		"  client_id: alexa\n  client_secret_file: /etc/skill/alexa\n"
	_, err := config.Parse("skill.yaml", []byte(text), emptyEnv)
	require.ErrorContains(t, err, "account_linking.client_id: requires a configuration with one skill")
}

func TestAllowsOAuthServerOnTheSameHost(t *testing.T) {
	text := linkingConfig + "  authorization_url: https://skill.example.com/oauth/a\n  token_url: https://skill.example.com/oauth/t\n"
	_, err := config.Parse("skill.yaml", []byte(text), emptyEnv)
	require.NoError(t, err, "a proxy in front may have the OAuth server there")
}
