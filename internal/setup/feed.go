package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
	"lastpost/internal/feed/fetch"
	"lastpost/internal/feed/parse"
)

// feedFacts are what the feed says about the blog.
type feedFacts struct {
	title    string
	language string
	host     string
	offsets  []dates.Offset
	secrets  secrets
}

// secrets are what the user typed in the address of the feed, by the environment variables that replace them.
type secrets map[string]string

// The environment variables for secrets.
const (
	passwordVariable = "FEED_PASSWORD"
	userVariable     = "FEED_USER"
	keyVariable      = "FEED_KEY"
)

// getenv returns an environment that also has the secrets.
func (s secrets) getenv(system func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if value, typed := s[name]; typed {
			return value, true
		}
		return system(name)
	}
}

const feedText = "2 of 7. The address of the blog or of its feed"

// A feedAddress is an address as the user types it. Only text is written to the file.
type feedAddress struct {
	text    string // with variables for secrets
	secrets secrets
	full    config.FeedURL
	page    *url.URL // that names the address; nil: the user typed it
}

// askFeed asks for the feed until one can be read. If a page names several feeds, it asks for one of them.
func (i *Interview) askFeed(ctx context.Context) error {
	var offered []parse.FeedLink
	var page feedAddress
	q := question{flag: "feed", text: feedText, display: displayFeed}
	q.judge = func(answer string) (string, string) {
		address, fault := i.parseFeedAnswer(answer, page, offered)
		if fault != "" {
			return "", fault
		}
		named, fault := i.readFeed(ctx, address)
		if len(named) > 0 {
			page, offered = address, named
		}
		return address.text, fault
	}
	given := i.Answers.Feed
	for {
		if _, err := i.console.ask(q, given); err != nil || i.found.host != "" {
			return err
		}
		for n, link := range offered {
			i.console.printf("Feed %d: %s", n+1, strings.TrimSpace(feed.DisplayURL(link.URL)+" "+link.Title))
		}
		given, q.text, q.proposal = "", "2 of 7. The number of the feed, or another address", "1"
	}
}

// parseFeedAnswer accepts an address, or the number of a feed that the page names.
func (i *Interview) parseFeedAnswer(answer string, page feedAddress, offered []parse.FeedLink) (feedAddress, string) {
	if n, err := strconv.Atoi(answer); err == nil && len(offered) > 0 {
		if n < 1 || n > len(offered) {
			return feedAddress{}, fmt.Sprintf("must be a number from 1 to %d, or an address", len(offered))
		}
		return i.expand(page.onSameSite(offered[n-1].URL))
	}
	return i.expand(newFeedAddress(answer))
}

// userInfo matches the user and the password of an address.
var userInfo = regexp.MustCompile(`^((?i:https?)://)([^/?#]*)@`)

// secretParameter matches a query parameter that is a secret by its name, such as "key=" and "access_token=".
var secretParameter = regexp.MustCompile(`(?i)([?&][^=&#]*(?:key|token|secret|auth|pass|sig)[^=&#]*=)([^&#]+)`)

// newFeedAddress replaces typed secrets by environment variables, because every user can read the file. A user without a
// password is a token.
func newFeedAddress(answer string) feedAddress {
	a := feedAddress{text: answer, secrets: secrets{}}
	if !strings.Contains(answer, "://") && !strings.HasPrefix(answer, "${") {
		a.text = "https://" + answer
	}
	if m := secretParameter.FindStringSubmatchIndex(a.text); m != nil && !strings.Contains(a.text[m[4]:m[5]], "${") {
		a.secrets[keyVariable] = a.text[m[4]:m[5]]
		a.text = a.text[:m[4]] + "${" + keyVariable + "}" + a.text[m[5]:]
	}
	m := userInfo.FindStringSubmatch(a.text)
	if m == nil || strings.Contains(m[2], "${") {
		return a
	}
	rest := a.text[len(m[0]):]
	user, password, found := strings.Cut(m[2], ":")
	if found {
		a.secrets[passwordVariable] = password
		a.text = m[1] + user + ":${" + passwordVariable + "}@" + rest
	} else {
		a.secrets[userVariable] = user
		a.text = m[1] + "${" + userVariable + "}@" + rest
	}
	return a
}

// onSameSite returns the address of a feed that a page names. It has the user and the password of the page's address if
// both have the same host. The address comes from another server, so it contains no variables.
func (a feedAddress) onSameSite(named *url.URL) feedAddress {
	text := escapeVariables(named.String())
	start, err := url.Parse(string(a.full))
	m := userInfo.FindStringSubmatch(a.text)
	if err != nil || m == nil || !fetch.SameHost(start, named) {
		return feedAddress{text: text, page: start}
	}
	scheme, rest, _ := strings.Cut(text, "://")
	own := maps.Clone(a.secrets)
	delete(own, keyVariable) // the page's address has the key, not the feed's
	return feedAddress{text: scheme + "://" + m[2] + "@" + rest, secrets: own, page: start}
}

// expand replaces the variables in the address. The fault is that of package config.
func (i *Interview) expand(a feedAddress) (feedAddress, string) {
	getenv := a.secrets.getenv(i.Getenv)
	s := defaultSettings()
	s.feed = a.text
	if fault := s.faultWith("skills[0].feed", getenv); fault != "" {
		return a, fault
	}
	text, err := s.render()
	if err != nil {
		return a, err.Error()
	}
	c, err := config.Parse("", text, getenv)
	if err != nil {
		return a, "must be the address of a feed or of a page"
	}
	a.full = c.Skills[0].Feed
	return a, ""
}

// shownVariable matches a variable such as ${FEED} in an address that is printed.
var shownVariable = regexp.MustCompile(`\$%7B(\w+)%7D`)

// displayFeed returns an answer without its secrets.
func displayFeed(answer string) string {
	if _, err := strconv.Atoi(answer); err == nil {
		return strconv.Quote(answer)
	}
	// A variable is not valid in a URL, so the user info is replaced before the address is masked.
	address := userInfo.ReplaceAllString(newFeedAddress(answer).text, "${1}user@")
	if _, err := url.Parse(address); err != nil && !strings.ContainsAny(answer, "@?") {
		return strconv.Quote(answer) // it is not an address, and cannot contain a password
	}
	return shownVariable.ReplaceAllString(config.FeedURL(address).String(), "$${$1}")
}

// fetchTimeout is the limit for a feed or a page, as for the service's polls.
const fetchTimeout = 30 * time.Second

// readFeed fetches the address. If it is a page that names one feed, it fetches the feed. If the page names several, it
// returns them.
func (i *Interview) readFeed(ctx context.Context, a feedAddress) (named []parse.FeedLink, fault string) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	doc, at, err := i.fetchDocument(ctx, a)
	if err != nil {
		return nil, explainFeedError(a, err)
	}
	switch {
	case doc.Page == nil:
		i.useFeed(a, at, doc)
		return nil, ""
	case a.page != nil:
		return nil, explainFeedError(a, feed.NewFault(feed.ErrNotFeed, nil, "is a web page too, not a feed").WithURL(at))
	case len(doc.Page.Feeds) == 0:
		return nil, explainFeedError(a, feed.NewFault(feed.ErrNotFeed, nil, "is a web page that does not name a feed").WithURL(at))
	case len(doc.Page.Feeds) > 1:
		i.console.printf("%s is a web page that names %d feeds:", feed.DisplayURL(at), len(doc.Page.Feeds))
		return doc.Page.Feeds, ""
	}
	link := doc.Page.Feeds[0]
	i.console.printf("%s is a web page that names the feed %s", feed.DisplayURL(at), feed.DisplayURL(link.URL))
	only, fault := i.expand(a.onSameSite(link.URL))
	if fault != "" {
		return nil, fault
	}
	return i.readFeed(ctx, only)
}

// explainFeedError returns the error of a feed and its remedy, as the end of a sentence. The sentence begins with the
// address that the user typed.
func explainFeedError(a feedAddress, err error) string {
	text := "cannot be used: " + err.Error()
	f, ok := errors.AsType[*feed.Fault](err)
	if typed, parseErr := url.Parse(string(a.full)); ok && parseErr == nil && a.page == nil && f.URL == feed.DisplayURL(typed) {
		text = strings.TrimPrefix(err.Error(), f.URL+": ")
	}
	// The service does not run yet.
	if remedy := strings.TrimPrefix(feed.Remedy(err), feed.TriesAgain); remedy != "" {
		text += "; " + remedy
	}
	if ok && f.Status == http.StatusUnauthorized {
		text += ". You can also type the password in the address here: it is not written to the file"
	}
	return text
}

// fetchDocument fetches and parses an address. Only the host that the user typed may have a private address, so a page
// cannot make this machine read its neighbors (against SSRF).
func (i *Interview) fetchDocument(ctx context.Context, a feedAddress) (parse.FeedDocument, *url.URL, error) {
	start, err := url.Parse(string(a.full))
	if err != nil {
		return parse.FeedDocument{}, nil, feed.NewFault(feed.ErrAddress, nil, "is not a valid address")
	}
	i.console.printf("Fetching %s …", feed.DisplayURL(start))
	client := fetch.Client{Configured: cmp.Or(a.page, start), UserAgent: i.UserAgent}
	got, err := client.Get(ctx, start, fetch.Validators{})
	if err != nil {
		return parse.FeedDocument{}, got.URL, err
	}
	defer got.Close()
	base := *got.URL
	base.User = nil
	doc, err := parse.Feed(ctx, got.Body, got.Header.Get("Content-Type"), &base, time.Now(), time.UTC)
	return doc, got.URL, got.ReadError(err)
}

// useFeed takes the facts of a feed and prints its title and its newest post.
func (i *Interview) useFeed(a feedAddress, at *url.URL, doc parse.FeedDocument) {
	i.file.feed = a.text
	i.found = feedFacts{
		title: doc.Title, language: commonLanguage(doc.Entries), host: at.Hostname(), offsets: doc.Offsets,
		secrets: a.secrets,
	}
	i.file.title = titleForFile(doc.Title)
	posts := fmt.Sprintf("%d posts", len(doc.Entries))
	if len(doc.Entries) == 1 {
		posts = "1 post"
	}
	text := fmt.Sprintf("The feed %q has %s.", excerpt(cmp.Or(doc.Title, at.Hostname())), posts)
	if newest := newestEntry(doc.Entries); newest != nil {
		text += fmt.Sprintf(" The newest is %q", excerpt(cmp.Or(newest.Title, newest.Link)))
		if !newest.Published.IsZero() {
			zone, _ := dates.ProposeZone(doc.Offsets, i.found.language, i.systemZone())
			text += ", from " + dateIn(newest.Published, zone)
		}
		text += "."
	}
	i.console.printf("%s", text)
}

func dateIn(at time.Time, zone string) string {
	if location, err := time.LoadLocation(zone); err == nil {
		at = at.In(location)
	}
	return at.Format("2 January 2006")
}

// newestEntry returns the entry with the latest date, or else the first.
func newestEntry(entries []feed.Entry) (newest *feed.Entry) {
	for n := range entries {
		if newest == nil || entries[n].Published.After(newest.Published) {
			newest = &entries[n]
		}
	}
	return newest
}

// commonLanguage returns the language of most entries.
func commonLanguage(entries []feed.Entry) (language string) {
	counts := map[string]int{}
	for _, e := range entries {
		counts[e.Language]++
		if counts[e.Language] > counts[language] || language == "" {
			language = e.Language
		}
	}
	return language
}

// titleForFile returns the title if the file may have it, or else its first part, or "".
func titleForFile(title string) string {
	title = strings.ToValidUTF8(title, "\ufffd") // as the file has it
	for _, candidate := range append([]string{title}, titleParts(title)...) {
		s := defaultSettings()
		s.title = candidate
		if candidate != "" && s.fault("skills[0].title") == "" {
			return candidate
		}
	}
	return ""
}
