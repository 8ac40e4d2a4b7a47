package speech

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDropsFurnitureOfPlatforms(t *testing.T) {
	for claim, html := range map[string]string{
		"Substack's subscribe button":        `<p class="button-wrapper" data-attrs="{}" data-component-name="ButtonCreateButton"><a class="button primary" href="https://x.substack.com/subscribe?"><span>Subscribe now</span></a></p>`,
		"Substack's share button":            `<p class="button-wrapper"><a class="button primary" href="https://x.substack.com/p/a?utm_source=substack&amp;action=share"><span>Share</span></a></p>`,
		"Substack's comment button":          `<p class="button-wrapper"><a class="button primary" href="https://x.substack.com/p/a/comments">Leave a comment</a></p>`,
		"Substack's captioned button":        `<div class="captioned-button-wrap"><div class="preamble"><p class="cta-caption">Thanks for reading. Subscribe for free.</p></div><p class="button-wrapper"><a class="button primary" href="https://x.substack.com/subscribe">Subscribe</a></p></div>`,
		"Substack's recommended publication": `<div class="embedded-publication-wrap"><a class="embedded-publication" href="https://y.substack.com"><span class="embedded-publication-name">Y</span><div>News.</div></a><form class="embedded-publication-subscribe"><input type="submit" value="Subscribe"></form></div>`,
		"Substack's subscription form":       `<div class="subscription-widget-wrap-editor" data-component-name="SubscribeWidgetToDOM"><div class="subscription-widget show-subscribe"><p class="cta-caption">Subscribe for more!</p></div></div>`,
		"Ghost's sign-up card":               `<div class="kg-card kg-signup-card kg-width-regular"><h2 class="kg-signup-card-heading">Sign up</h2></div>`,
		"Ghost's call to action":             `<div class="kg-card kg-cta-card kg-cta-bg-grey"><div class="kg-cta-content"><p>Go paid.</p></div></div>`,
		"Ghost's button":                     `<div class="kg-card kg-button-card kg-align-center"><a class="kg-btn" href="https://a.example/">Buy</a></div>`,
		"WordPress's button":                 `<div class="wp-block-buttons"><div class="wp-block-button"><a class="wp-block-button__link">Buy</a></div></div><div class="wp-block-button">x</div>`,
		"WordPress's author block":           `<div class="wp-block-post-author"><p class="wp-block-post-author__name">Ada</p></div>`,
		"Simple Author Box":                  `<div class="saboxplugin-wrap"><div class="saboxplugin-authorname">Ada</div></div>`,
		"Squarespace's newsletter":           `<div class="sqs-block newsletter-block sqs-block-newsletter"><header>Sign up</header></div>`,
		"reading time":                       `<span class="span-reading-time rt-reading-time"><span class="rt-label">Reading Time: </span>2</span>`,
		"Yoast's reading time":               `<p class="yoast-reading-time__wrapper"><span>Estimated reading time: </span>3 minutes</p>`,
		"PrintFriendly":                      `<div class="printfriendly pf-alignright"><a href="#">Print</a></div>`,
		"Twitter's button":                   `<p><a class="twitter-share-button" href="https://twitter.com/share">Tweet</a></p>`,
		"Tumblr's badge":                     `<figure><img src="x"><span class="tmblr-alt-text-helper">ALT</span></figure>`,
		"Elementor's share buttons":          `<div class="elementor-element elementor-widget elementor-widget-share-buttons"><div class="elementor-share-btn">Facebook</div></div>`,
		"an image that shares":               `<p><a href="https://x.example/"><img src="/fb.gif" alt="Add to Facebook"></a><a><img alt="Share on Twitter"></a></p>`,
		"an image with a share link":         `<p><a href="https://www.facebook.com/sharer.php?u=x"><img alt="Facebook"></a> <a href="https://twitter.com/intent/tweet?url=x"><span><img alt="Twitter"></span></a></p>`,
		"AddToAny":                           `<div class="a2a_kit a2a_kit_size_32 addtoany_list"><a class="a2a_button_x">X</a></div><a class="addtoany_share_save">Share</a>`,
		"an advertisement":                   `<ins class="adsbygoogle">Buy</ins><div id="div-gpt-ad-123">Buy</div>`,
		"Mailchimp's preview":                `<span class="mcnPreviewText">News of May</span>`,
		"FeedBurner's links":                 `<div class="feedflare"><a href="x">Share</a></div><a href="http://feeds.feedburner.com/~ff/x"><img alt="Digg"></a>`,
		"line numbers of Chroma":             `<span class="lnt">1</span>`,
		"Shariff":                            `<div class="shariff shariff-align-left"><ul><li>Share</li></ul></div>`,
		"WP ULike":                           `<div class="wpulike wpulike-default"><span>5</span></div>`,
		"WordPress's comments":               `<div class="wp-block-comments"><h2>Two comments</h2></div>`,
		"Mailchimp's form":                   `<div id="mc_embed_signup"><h2>Subscribe</h2></div><div class="mc_embed_signup"><p>Subscribe</p></div>`,
		"Disqus":                             `<div id="disqus_thread">Comments</div>`,
		"Buzzsprout's link for texts":        `<p><a href="https://www.buzzsprout.com/twilio/text_messages/1/open_sms">Send us a text</a></p>`,
		"Discourse's smiley":                 `<p><img class="emoji" alt=":heart:" src="/heart_2.png"></p>`,
		"Discourse's image":                  `<div class="lightbox-wrapper"><a class="lightbox" href="x"><img alt="IMG_1" src="x"><div class="meta"><span class="filename">IMG_1</span><span class="informations">1920×1080 212 KB</span></div></a></div>`,
		"Buzzsprout's link for messages":     `<p><a href="https://www.buzzsprout.com/1/fan_mail/new">Send us Fan Mail</a></p>`,
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, "One.\nTwo.", textLines(Parse("<p>One.</p>"+html+"<p>Two.</p>", englishAnnouncements())))
		})
	}
}

func TestKeepsTheAuthorsElements(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"a link that looks like a button":      {`<p>Please <a class="button primary" href="https://x.example/subscribe">subscribe to the list</a> today.</p>`, "Please subscribe to the list today."},
		"a Substack button with another link":  {`<p class="button-wrapper"><a class="button primary" href="https://y.example/book">Read my book</a></p>`, "Read my book."},
		"a link that shares within a sentence": {`<p>You can <a href="https://twitter.com/intent/tweet?text=x">tell your friends</a>.</p>`, "You can tell your friends."},
		"a recipe about breadcrumbs":           {`<p class="breadcrumb">Fry the breadcrumbs.</p>`, "Fry the breadcrumbs."},
		"a heading with a link to itself":      {`<h2>The jar <a class="anchor" href="#the-jar">#</a></h2><h3>Lid<a href="#lid">¶</a></h3>`, "The jar.\nLid."},
		"a heading that is a link to itself":   {`<h2><a class="header-anchor" href="#the-jar">The jar</a></h2>`, "The jar."},
		"a heading with an absolute link":      {`<h2>The jar <a href="https://a.example/b/#the-jar">#</a></h2>`, "The jar."},
		"an image in a link":                   {`<a href="https://x.example/"><img alt="A cat on Facebook"></a>`, "A cat on Facebook."},
		"a highlighted box":                    {`<div class="highlight"><p>Listen.</p></div>`, "Listen."},
		"words with a class of GeSHi":          {`<p><span class="kw1">Spring</span> came late; the <span class="kw1">jars</span> (two) are cold.</p>`, "Spring came late; the jars (two) are cold."},
		"a sentence with code and a break":     {`<p>Call <code>a<br>b</code> now.</p>`, "Call a b now."},
		"a line of code alone": {`<p><code>make
 jars</code></p>`, "make jars."},
		"a div with a class for code": {`<div class="code">The code of honour.<br>It is old.</div>`, "The code of honour. | It is old."},
		"fences in a sentence":        {"<p>Write ``` before and ``` after.</p>", "Write ``` before and ``` after."},
		"inline code of GeSHi":        {`<p>Call <code class="bash"><span class="kw2">ls</span></code>.</p>`, "Call ls."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestOtherPostsAreAnnounced(t *testing.T) {
	for claim, html := range map[string]string{
		"a bookmark of Ghost":       `<figure class="kg-card kg-bookmark-card"><a class="kg-bookmark-container" href="x"><div class="kg-bookmark-title">A title</div></a></figure>`,
		"another post of Substack":  `<div class="digest-post-embed" data-attrs="{}"><h3>A title</h3><p>Read full story</p></div>`,
		"another post, with avatar": `<div class="embedded-post-wrap"><a class="embedded-post" href="x"><div class="embedded-post-title">A title</div></a></div>`,
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, "One.\n(Embed.)\nTwo.", textLines(Parse("<p>One.</p>"+html+"<p>Two.</p>", englishAnnouncements())))
		})
	}
}

func TestCodeOutsideOfPreIsAnnounced(t *testing.T) {
	for claim, tt := range map[string]struct {
		html  string
		lines string
	}{
		"GeSHi":                          {`<div class="ruby"><span class="kw1">def</span> x<br /><span class="kw1">end</span></div>`, "2"},
		"GeSHi with a list":              {`<div class="php"><ol><li class="li1"><div class="de1"><span class="kw2">var</span> a;</div></li><li class="li1"><div class="de1">b;</div></li></ol></div>`, "2"},
		"WP-Syntax":                      {`<div class="wp_syntax"><table><tr><td class="line_numbers"><pre>1` + "\n2" + `</pre></td><td class="code"><pre class="ruby">a` + "\nb" + `</pre></td></tr></table></div>`, "2"},
		"Crayon":                         {`<div class="crayon-syntax crayon-theme-classic"><div class="crayon-toolbar"><span class="crayon-title">a.php</span></div><div class="crayon-plain-wrap"><textarea>a</textarea></div><div class="crayon-main"><table class="crayon-table"><tr class="crayon-row"><td class="crayon-nums"><div class="crayon-nums-content"><div class="crayon-num">1</div><div class="crayon-num">2</div></div></td><td class="crayon-code"><div class="crayon-pre"><div class="crayon-line"><span class="crayon-v">a</span></div><div class="crayon-line">b</div></div></td></tr></table></div></div>`, "2"},
		"SyntaxHighlighter":              {`<div class="syntaxhighlighter ruby"><table><tbody><tr><td class="gutter"><div class="line">1</div></td><td class="code"><div class="container"><div class="line"><code class="ruby plain">a</code></div></div></td></tr></tbody></table></div>`, "1"},
		"Rouge":                          {`<div class="language-ruby highlighter-rouge"><div class="highlight"><table class="rouge-table"><tbody><tr><td class="rouge-gutter gl"><pre class="lineno">1` + "\n2" + `</pre></td><td class="rouge-code"><pre>a` + "\nb" + `</pre></td></tr></tbody></table></div></div>`, "2"},
		"Chroma":                         {`<div class="highlight"><div class="chroma"><table class="lntable"><tr><td class="lntd"><pre class="chroma"><code><span class="lnt">1` + "\n" + `</span></code></pre></td><td class="lntd"><pre class="chroma"><code>a</code></pre></td></tr></table></div></div>`, "1"},
		"Pygments":                       {`<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre>1</pre></div></td><td class="code"><div class="highlight"><pre>a</pre></div></td></tr></table>`, "1"},
		"Prism":                          {`<div class="code-toolbar"><pre class="language-js"><code>a</code><span class="line-numbers-rows"><span></span></span></pre><div class="toolbar"><div class="toolbar-item"><button>Copy</button></div></div></div>`, "1"},
		"highlight.js":                   {`<pre><code class="hljs language-js"><span class="hljs-keyword">var</span> a;</code></pre>`, "1"},
		"a gist":                         {`<div id="gist1" class="gist"><div class="gist-file"><table><tr><td class="blob-num" data-line-number="1">1</td><td class="blob-code">a</td></tr><tr><td class="blob-num">2</td><td class="blob-code">b</td></tr></table></div></div>`, "2"},
		"code without pre":               {`<div class="highlight"><code>a<br>b</code></div>`, "2"},
		"CodeColorer":                    {`<div class="codecolorer-container ruby"><div class="ruby codecolorer"><span class="kw1">def</span> x</div></div>`, "1"},
		"GeSHi in a paragraph":           {`<p><span class="kw1">int</span> x <span class="sy0">=</span> 5;</p>`, "1"},
		"inline code with breaks":        {`<p><code>int x = 5;<br/>int y = 6;<br/>return x + y;</code></p>`, "3"},
		"teletype with breaks":           {`<p><tt>int x = 5;<br>return x;</tt></p>`, "2"},
		"a div for code":                 {`<div class="code">int x = 5;<br/>return x;</div>`, "2"},
		"code in a quotation":            {`<blockquote><code>int x = 5;<br>return x;</code></blockquote>`, "2"},
		"a WordPress block without pre":  {`<div class="wp-block-code"><code>int x = 5;` + "\n" + `return x;</code></div>`, "2"},
		"Chroma without pre":             {`<table class="lntable"><tr><td class="lntd"><code><span class="lnt">1` + "\n" + `</span><span class="lnt">2</span></code></td><td class="lntd"><code>a` + "\nb" + `</code></td></tr></table>`, "2"},
		"fences":                         {"\n```js\nvar a;\nvar b;\n```\n", "2"},
		"fences with breaks":             {"<p>```<br>\nvar a;<br>\nvar b;<br>\n```</p>", "2"},
		"a shortcode":                    {"<p>[js]<br />\nvar a;<br />\nvar b;</p>\n<p>var c;<br />\n[/js]</p>", "3"},
		"a shortcode of code":            {`[code language="css"]a { }[/code]`, "1"},
		"a shortcode without a language": {"[sourcecode]\na\nb\n[/sourcecode]", "2"},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, "One.\n(Code of "+tt.lines+" lines.)\nTwo.", textLines(Parse("<p>One.</p>"+tt.html+"<p>Two.</p>", englishAnnouncements())))
		})
	}
}

// TestFurnitureRulesHaveAKey requires selectors for which compileFurniture finds the right key.
func TestFurnitureRulesHaveAKey(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range furnitureRules {
		require.NotEmpty(t, rule.platform)
		for selector := range strings.FieldsSeq(rule.selectors) {
			require.False(t, seen[selector], "%s is twice in the table", selector)
			seen[selector] = true
			require.NotRegexp(t, `^[^:[]*[>+~,]|:has\(.*,`, selector, "a selector must be compound")
		}
	}
	require.Less(t, len(furniture[anyElement]), 24, "these rules are tested on each element: give them a class, an id or a tag")
}
