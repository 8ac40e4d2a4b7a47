package handlers

import (
	"strings"

	"lastpost/internal/phrases"
)

// searchPosts finds posts by their words. What is asked for while a list is open may be one of its titles.
func (t *turn) searchPosts() {
	words := strings.TrimRight(said(t.slot("Query")), ".?! ") // ours end the sentences
	if len(bare(words)) == 0 {
		t.say(phrases.SearchWhat, phrases.Words{})
		t.ask(askWhat)
		return
	}
	if post, ok := t.titled(words); ok {
		t.choose(post)
		return
	}
	found := list{Of: withWords, What: words}
	posts, err := t.posts(found, mostFound)
	switch {
	case err != nil:
		t.trouble("searching", err)
	case len(posts) == 0:
		t.say(phrases.NothingFound, phrases.Words{Said: words})
		t.ask(askWhat)
	case len(posts) == 1:
		t.tell(phrases.FoundOne, posts[0], phrases.Words{Said: words})
	default:
		message := phrases.Found
		if len(posts) == mostFound {
			message = phrases.FoundMany
		}
		t.say(message, phrases.Words{Said: words, Count: len(posts)})
		t.page(found, 0)
	}
}

// namedCategories is how many categories a listener is told of.
const namedCategories = 5

// categoryPosts names the newest posts of a category.
func (t *turn) categoryPosts() {
	name := said(t.envelope.Request.Intent.Canonical("Category"))
	switch name {
	case "": // "what categories are there"
		t.nameCategories(phrases.Categories, name)
		return
	case "?":
		t.nameCategories(phrases.WhichCategory, name)
		return
	}
	category := list{Of: inCategory, What: name}
	posts, err := t.posts(category, 2)
	switch {
	case err != nil:
		t.trouble("looking for a category", err)
	case len(posts) == 0:
		t.nameCategories(phrases.NoCategory, name)
	case len(posts) == 1:
		t.tell(phrases.CategoryOne, posts[0], phrases.Words{Said: name})
	default:
		t.say(phrases.ListCategory, phrases.Words{Said: name})
		t.page(category, 0)
	}
}

// nameCategories says which ones there are.
func (t *turn) nameCategories(message phrases.Message, said string) {
	names, err := t.skill.Texts.Categories(t.ctx, namedCategories)
	if err != nil {
		t.trouble("looking for categories", err)
		return
	}
	if len(names) == 0 {
		t.say(phrases.NoCategories, phrases.Words{})
	} else {
		t.say(message, phrases.Words{Said: said, Names: strings.Join(names, ", ")})
	}
	t.ask(askWhat)
}

// whatsNew names what was posted since the listener's last visit.
func (t *turn) whatsNew() {
	if _, ok := t.latest(); !ok {
		t.noPosts()
		return
	}
	if t.place.Since == "" {
		t.say(phrases.FirstVisit, phrases.Words{})
		t.tellLatest()
		return
	}
	switch news := t.news(); news {
	case 0:
		t.say(phrases.NothingNew, phrases.Words{})
		t.tellLatest()
	case 1:
		latest, _ := t.latest()
		t.tell(phrases.OneNew, latest, phrases.Words{})
	default:
		t.say(phrases.ListNew, phrases.Words{Count: news})
		t.page(list{Of: sinceVisit}, 0)
	}
}
