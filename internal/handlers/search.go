package handlers

import (
	"strings"

	"lastpost/internal/phrases"
)

// searchPosts finds posts by their words. What is asked for while a list is open may be one of its titles.
func (t *turn) searchPosts() answer {
	words := strings.TrimRight(said(t.slot("Query")), ".?! ") // ours end the sentences
	if len(bare(words)) == 0 {
		return t.say(phrases.SearchWhat, phrases.Words{}).ask(askWhat)
	}
	if post, ok := t.titled(words); ok {
		return t.choose(post)
	}
	found := list{Of: withWords, What: words}
	posts, err := t.posts(found, mostFound)
	switch {
	case err != nil:
		return t.trouble("searching", err)
	case len(posts) == 0:
		return t.say(phrases.NothingFound, phrases.Words{Said: words}).ask(askWhat)
	case len(posts) == 1:
		return t.tell(phrases.FoundOne, posts[0], phrases.Words{Said: words})
	}
	message := phrases.Found
	if len(posts) == mostFound {
		message = phrases.FoundMany
	}
	return t.say(message, phrases.Words{Said: words, Count: len(posts)}).then(t.page(found, 0, t.gone))
}

// namedCategories is how many categories a listener is told of.
const namedCategories = 5

// categoryPosts names the newest posts of a category.
func (t *turn) categoryPosts() answer {
	name := said(t.envelope.Request.Intent.Canonical("Category"))
	switch name {
	case "": // "what categories are there"
		return t.nameCategories(phrases.Categories, name)
	case "?":
		return t.nameCategories(phrases.WhichCategory, name)
	}
	category := list{Of: inCategory, What: name}
	posts, err := t.posts(category, 2)
	switch {
	case err != nil:
		return t.trouble("looking for a category", err)
	case len(posts) == 0:
		return t.nameCategories(phrases.NoCategory, name)
	case len(posts) == 1:
		return t.tell(phrases.CategoryOne, posts[0], phrases.Words{Said: name})
	}
	return t.say(phrases.ListCategory, phrases.Words{Said: name}).then(t.page(category, 0, t.gone))
}

// nameCategories says which ones there are.
func (t *turn) nameCategories(message phrases.Message, said string) answer {
	names, err := t.skill.Texts.Categories(t.ctx, namedCategories)
	switch {
	case err != nil:
		return t.trouble("looking for categories", err)
	case len(names) == 0:
		return t.say(phrases.NoCategories, phrases.Words{}).ask(askWhat)
	}
	return t.say(message, phrases.Words{Said: said, Names: strings.Join(names, ", ")}).ask(askWhat)
}

// whatsNew names what was posted since the listener's last visit.
func (t *turn) whatsNew() answer {
	latest, ok := t.latest()
	switch news := t.news(); {
	case !ok:
		return t.noPosts()
	case t.place.Since == "":
		return t.say(phrases.FirstVisit, phrases.Words{}).then(t.tellLatest())
	case news == 0:
		return t.say(phrases.NothingNew, phrases.Words{}).then(t.tellLatest())
	case news == 1:
		return t.tell(phrases.OneNew, latest, phrases.Words{})
	default:
		return t.say(phrases.ListNew, phrases.Words{Count: news}).then(t.page(list{Of: sinceVisit}, 0, t.gone))
	}
}
