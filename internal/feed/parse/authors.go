package parse

import (
	"regexp"
	"strings"

	"lastpost/internal/feed"
)

// maxStatedAuthors limits the names of an item before duplicates are removed.
const maxStatedAuthors = 4 * feed.MaxAuthors

var (
	personNamePattern = regexp.MustCompile(`(?is)<name[^>]*>(.*?)</name>`)
	// personDetailPattern matches a detail of a person in Atom that is not the name.
	personDetailPattern = regexp.MustCompile(`(?i)<(?:email|uri|url|homepage)[\s>]`)
	bylinePattern       = regexp.MustCompile(`(?i)^by\s+`)
	accountPattern      = regexp.MustCompile(`^(?:@\S+\s+|/u/)(\S)`)
	mailPattern         = regexp.MustCompile(`(?i)[<(]?(?:mailto:)?[^\s<>()@,;:"]+@[^\s<>()@,;"]+[>)]?`)
)

// addAuthor adds the name in the text of an author element, if there is one.
func addAuthor(authors *[]string, text string) {
	if name := authorName(text); name != "" && len(*authors) < maxStatedAuthors {
		*authors = append(*authors, name)
	}
}

// authorName returns the name in the text of an author element. RSS has "mail (Name)", publishers also write
// "Name <mail>", Discourse writes "@account Name", and Atom has the name in an element. It returns "" for a mail address
// or a web address alone, and for the placeholder that Blogger writes for a hidden profile.
func authorName(text string) string {
	if found := personNamePattern.FindStringSubmatch(text); found != nil {
		text = found[1]
	} else if personDetailPattern.MatchString(text) {
		return ""
	}
	name := strings.Trim(mailPattern.ReplaceAllLiteralString(cleanTitle(text), " "), ` ,;:"`)
	name = strings.TrimPrefix(accountPattern.ReplaceAllString(name, "$1"), "@")
	if inner, enclosed := strings.CutPrefix(name, "("); enclosed {
		name = strings.TrimSpace(strings.TrimSuffix(inner, ")"))
	}
	name = bylinePattern.ReplaceAllLiteralString(name, "")
	if strings.Contains(name, "://") || strings.EqualFold(name, "unknown") {
		return ""
	}
	return name
}
