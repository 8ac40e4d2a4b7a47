package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// pageLength is how many titles a listener can keep in mind.
const pageLength = 3

// mostFound is how far a list of what was searched for goes. The search gives the first so many anew for each page.
const mostFound = 60

// A source is where a list is from.
type source string

const (
	newest     source = "newest"
	ofPeriod   source = "period"   // What is an AMAZON.DATE
	withWords  source = "words"    // What is words
	inCategory source = "category" // What is its name
	sinceVisit source = "new"
)

func (s source) known() bool {
	switch s {
	case newest, ofPeriod, withWords, inCategory, sinceVisit:
		return true
	}
	return false
}

// posts gives posts of a list: those from its First on, limit at most.
func (t *turn) posts(l list, limit int) ([]feed.Post, error) {
	posts := t.skill.Posts
	switch l.Of {
	case newest:
		return posts.Range(time.Time{}, time.Time{}, l.First, limit), nil
	case ofPeriod:
		period, err := alexa.ParseDate(l.What, t.now, t.skill.Zone)
		if err != nil {
			return nil, fmt.Errorf("the list's period: %w", err)
		}
		return posts.Range(period.From, period.To, l.First, limit), nil
	case withWords:
		found, err := posts.Search(t.ctx, l.What, min(l.First+limit, mostFound))
		return found[min(l.First, len(found)):], err
	case inCategory:
		return posts.InCategory(t.ctx, l.What, l.First, limit)
	}
	return posts.Range(time.Time{}, time.Time{}, l.First, max(0, min(limit, t.news()-l.First))), nil
}

// news counts the posts that are new to the listener.
func (t *turn) news() int {
	second, _, ok := t.place.Since.parts()
	if !ok {
		return 0
	}
	last, kept := t.find(t.place.Since)
	if !kept {
		last = feed.Post{Published: time.Unix(second, 0)}
	}
	return t.skill.Posts.Since(last)
}

// page names the posts of a list from its First on, and asks which one. It gives false, and says nothing, where there
// are none.
func (t *turn) page(l list) (named bool) {
	posts, err := t.posts(l, pageLength+1)
	if err != nil {
		t.trouble("making a list", err)
		return true
	}
	more := len(posts) > pageLength
	posts = posts[:min(len(posts), pageLength)]
	if len(posts) == 0 {
		return false
	}
	l.Page = nil
	var titles []string
	for i, post := range posts {
		l.Page = append(l.Page, refOf(post))
		titles = append(titles, t.item(l.First+i+1, post))
	}
	t.place.List, t.place.Topic = &l, onList
	t.ask(askLast)
	if more {
		t.ask(askWhich)
	}
	t.showList(l, posts, titles)
	return true
}

// item says a post with its number.
func (t *turn) item(number int, p feed.Post) string {
	title := t.title(p)
	t.say(phrases.Number, phrases.Words{Number: number})
	t.response.Speech.Lang(t.story(p).locale, sentence(title))
	return strconv.Itoa(number) + ". " + title
}

// ofList is the question about a list that a page was left with.
func (q question) ofList() question {
	if q == askWhich {
		return askWhich
	}
	return askLast
}

// nextPage names the next posts of the list.
func (t *turn) nextPage() {
	if t.place.List == nil {
		t.older()
		return
	}
	next := *t.place.List
	next.First += len(next.Page)
	if !t.page(next) {
		t.say(phrases.EndOfList, phrases.Words{})
		t.ask(askLast)
	}
}

// previousPage names the posts before, or says that there are none.
func (t *turn) previousPage() {
	before := *t.place.List
	if before.First == 0 {
		t.say(phrases.StartOfList, phrases.Words{})
		t.ask(t.place.Asked.ofList())
		return
	}
	before.First = max(0, before.First-pageLength)
	t.again(before)
}

func (t *turn) samePage() { t.again(*t.place.List) }

// again names posts that there were a moment ago.
func (t *turn) again(l list) {
	if !t.page(l) {
		t.gone()
	}
}

// listPosts names the newest posts, or those of the period that was asked for.
func (t *turn) listPosts() {
	period, said := t.period()
	if !said {
		t.listNewest()
		return
	}
	words := phrases.Words{Period: t.spoken(period)}
	_, words.Count = t.skill.Posts.Between(period.From, period.To)
	if words.Count < 2 {
		t.tellPeriod(period)
		return
	}
	t.say(phrases.ListPeriod, words)
	t.page(list{Of: ofPeriod, What: t.slot("Date")})
}

func (t *turn) listNewest() {
	if _, ok := t.skill.Posts.Latest(); !ok {
		t.noPosts()
		return
	}
	t.say(phrases.ListNewest, phrases.Words{})
	t.page(list{Of: newest})
}

// selectPost chooses from the last list by number. Without a list it makes one.
func (t *turn) selectPost() {
	if t.place.List == nil {
		t.say(phrases.NoList, phrases.Words{})
		t.listNewest()
		return
	}
	number, err := strconv.Atoi(t.slot("Number"))
	if err != nil || number < 1 || number > maxFirst {
		t.place.Topic = onList
		t.say(phrases.WhichNumber, phrases.Words{})
		t.ask(t.place.Asked.ofList())
		return
	}
	post, ok := t.numbered(number)
	if !ok {
		t.place.Topic = onList
		t.say(phrases.NoSuchNumber, phrases.Words{Number: number})
		t.ask(t.place.Asked.ofList())
		return
	}
	t.choose(post)
}

// numbered gives the post of a number, which need not be on the page that was named last.
func (t *turn) numbered(number int) (feed.Post, bool) {
	l := *t.place.List
	if at := number - 1 - l.First; at >= 0 && at < len(l.Page) {
		return t.find(l.Page[at])
	}
	l.First = number - 1
	posts, err := t.posts(l, 1)
	if err != nil || len(posts) == 0 {
		return feed.Post{}, false
	}
	return posts[0], true
}

// choose does with a post of a list what it was chosen for: it is read, or where it can be played that is offered.
func (t *turn) choose(p feed.Post) {
	if story := t.story(p); story.playable() && t.plays() {
		t.tell(phrases.ThePost, p, phrases.Words{})
		return
	}
	t.read(p)
}

// titled gives the post of the page whose title has all of the words; false where there is none, or more than one.
func (t *turn) titled(words string) (chosen feed.Post, ok bool) {
	if t.place.Topic != onList {
		return feed.Post{}, false
	}
	for _, r := range t.place.List.Page {
		post, kept := t.find(r)
		if !kept || !hasWords(post.Title, words) {
			continue
		}
		if ok {
			return feed.Post{}, false
		}
		chosen, ok = post, true
	}
	return chosen, ok
}

// hasWords tells whether a title has all of the words.
func hasWords(title, words string) bool {
	have := bare(title)
	for _, word := range bare(words) {
		if !slices.Contains(have, word) {
			return false
		}
	}
	return len(bare(words)) > 0
}

// bare are a text's words as they are heard: letters and digits, without their case.
func bare(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
}
