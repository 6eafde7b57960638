#!/usr/bin/env python3
"""Writes a Postfix log as a busy site has it, for the measurements of benches/logs.

maillog.py BYTES [SEED] >mail.log

Incoming mail with TLS and DKIM lines, submissions, refusals of every kind, bots that only knock, deferrals with
retries, bounces, local deliveries through Dovecot. About one line in nine has `status=`. Times go on as a site with
some 40 messages a second has them; ids are not used again within a day.
"""
import random
import sys
import time


def main():
    size = int(float(sys.argv[1]))
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    out = sys.stdout
    clock = time.mktime((2026, 3, 2, 0, 0, 0, 0, 0, 0))
    written = 0
    number = 0x3A0000000
    senders = [f"user{n}@sender{n % 900}.example" for n in range(20_000)]
    local = [f"person{n}@example.org" for n in range(3_000)]
    outside = [f"friend{n}@other{n % 700}.example" for n in range(9_000)]
    queue = []  # deferred: due, id, sender, recipient, tries
    hosts = []
    for n in range(40_000):
        ip = f"{rng.choice((5, 23, 45, 62, 80, 91, 103, 141, 185, 198, 203))}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        hosts.append((f"mail{n}.sender{n % 900}.example" if n % 5 else "unknown", ip))
    # People come from two or three places, a few whose passwords were stolen from everywhere.
    homes = {person: rng.sample(hosts, rng.randrange(1, 4)) for person in local}
    stolen = set(rng.sample(local, 3))
    stamp = ""
    second = None
    lines = []

    def say(program, text):
        lines.append(f"{stamp} mail postfix/{program}: {text}\n")

    while written < size:
        clock += rng.expovariate(40)
        if int(clock) != second:
            second = int(clock)
            stamp = time.strftime("%b %e %H:%M:%S", time.localtime(second))
        pid = rng.randrange(1000, 30000)
        kind = rng.random()
        name, ip = rng.choice(hosts) if rng.random() < 0.5 else hosts[min(int(rng.expovariate(1 / 500)), len(hosts) - 1)]
        smtpd = f"smtpd[{pid}]"
        number += rng.randrange(1, 4)
        qid = f"{number:010X}"
        if kind < 0.40:  # incoming mail for people here
            sender, rcpt = rng.choice(senders), rng.choice(local)
            say(smtpd, f"connect from {name}[{ip}]")
            if rng.random() < 0.8:
                say(smtpd, f"Anonymous TLS connection established from {name}[{ip}]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256")
            say(smtpd, f"{qid}: client={name}[{ip}]")
            say(f"cleanup[{pid + 1}]", f"{qid}: message-id=<{rng.getrandbits(80):x}@{sender.split('@')[1]}>")
            say("qmgr[812]", f"{qid}: from=<{sender}>, size={rng.randrange(900, 90000)}, nrcpt=1 (queue active)")
            say(smtpd, f"disconnect from {name}[{ip}] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7")
            say(f"lmtp[{pid + 2}]", f"{qid}: to=<{rcpt}>, relay=mail.example.org[private/dovecot-lmtp], delay={rng.random():.2f}, delays=0.2/0.01/0/0.08, dsn=2.0.0, status=sent (250 2.0.0 <{rcpt}> {rng.getrandbits(88):x} Saved)")
            say("qmgr[812]", f"{qid}: removed")
        elif kind < 0.52:  # submission to outside
            sender, rcpt = rng.choice(local), rng.choice(outside)
            host = f"mx{rng.randrange(3)}.{rcpt.split('@')[1]}"
            if sender not in stolen:
                name, ip = rng.choice(homes[sender])
            say(f"submission/smtpd[{pid}]", f"connect from {name}[{ip}]")
            say(f"submission/smtpd[{pid}]", f"{qid}: client={name}[{ip}], sasl_method=PLAIN, sasl_username={sender}")
            say(f"cleanup[{pid + 1}]", f"{qid}: message-id=<{rng.getrandbits(80):x}@example.org>")
            say("qmgr[812]", f"{qid}: from=<{sender}>, size={rng.randrange(900, 90000)}, nrcpt=1 (queue active)")
            say(f"submission/smtpd[{pid}]", f"disconnect from {name}[{ip}] ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8")
            fate = rng.random()
            to = f"{qid}: to=<{rcpt}>, relay={host}[198.51.100.{rng.randrange(255)}]:25, delay=1.3, delays=0.1/0.02/0.4/0.8"
            if fate < 0.85:
                say(f"smtp[{pid + 3}]", f"{to}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {rng.getrandbits(40):010X})")
                say("qmgr[812]", f"{qid}: removed")
            elif fate < 0.93:
                say(f"smtp[{pid + 3}]", f"{to}, dsn=5.1.1, status=bounced (host {host}[198.51.100.9] said: 550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown (in reply to RCPT TO command))")
                number += 1
                back = f"{number:010X}"
                say(f"cleanup[{pid + 1}]", f"{back}: message-id=<20260302.{back}@mail.example.org>")
                say(f"bounce[{pid + 4}]", f"{qid}: sender non-delivery notification: {back}")
                say("qmgr[812]", f"{back}: from=<>, size=3012, nrcpt=1 (queue active)")
                say("qmgr[812]", f"{qid}: removed")
                say(f"lmtp[{pid + 2}]", f"{back}: to=<{sender}>, relay=mail.example.org[private/dovecot-lmtp], delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 <{sender}> Saved)")
                say("qmgr[812]", f"{back}: removed")
            else:
                say(f"smtp[{pid + 3}]", f"{to}, dsn=4.2.0, status=deferred (host {host}[198.51.100.9] said: 450 4.2.0 <{rcpt}>: Greylisted (in reply to RCPT TO command))")
                queue.append((clock + 300, qid, sender, rcpt, 1))
        elif kind < 0.80:  # refusals
            say(smtpd, f"connect from {name}[{ip}]")
            sender, helo = rng.choice(senders), name if name != "unknown" else "win-host"
            why = rng.random()
            if why < 0.1:
                rcpt = rng.choice(outside)
                text = f"554 5.7.1 <{rcpt}>: Relay access denied"
            elif why < 0.5:
                rcpt = rng.choice(local)
                text = f"554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.dnsbl.example; listed"
            elif why < 0.8:
                rcpt = f"nobody{rng.randrange(9999)}@example.org"
                text = f"550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in local recipient table"
            else:
                rcpt = rng.choice(local)
                text = f"450 4.1.8 <{sender}>: Sender address rejected: Domain not found"
            say(smtpd, f"NOQUEUE: reject: RCPT from {name}[{ip}]: {text}; from=<{sender}> to=<{rcpt}> proto=ESMTP helo=<{helo}>")
            say(smtpd, f"disconnect from {name}[{ip}] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4")
        elif kind < 0.90:  # bots that guess passwords
            say(smtpd, f"connect from {name}[{ip}]")
            say(smtpd, f"warning: {name}[{ip}]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=info")
            say(smtpd, f"disconnect from {name}[{ip}] ehlo=1 auth=0/1 quit=1 commands=2/3")
        else:
            say(smtpd, f"connect from {name}[{ip}]")
            say(smtpd, f"lost connection after {rng.choice(('CONNECT', 'EHLO', 'UNKNOWN'))} from {name}[{ip}]")
            say(smtpd, f"disconnect from {name}[{ip}] commands=0/0")
        if queue and queue[0][0] <= clock:
            _, qid, sender, rcpt, tries = queue.pop(0)
            host = f"mx0.{rcpt.split('@')[1]}"
            say("qmgr[812]", f"{qid}: from=<{sender}>, size=2000, nrcpt=1 (queue active)")
            to = f"{qid}: to=<{rcpt}>, relay={host}[198.51.100.8]:25, delay={300 * tries}, delays=0.1/0.02/0.4/0.8"
            if tries < 3 and rng.random() < 0.4:
                say(f"smtp[{pid + 3}]", f"{to}, dsn=4.2.0, status=deferred (host {host}[198.51.100.8] said: 450 4.2.0 <{rcpt}>: Greylisted (in reply to RCPT TO command))")
                queue.append((clock + 300, qid, sender, rcpt, tries + 1))
            else:
                say(f"smtp[{pid + 3}]", f"{to}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4F1C2D)")
                say("qmgr[812]", f"{qid}: removed")
        if len(lines) > 1000:
            text = "".join(lines)
            written += len(text)
            out.write(text)
            lines.clear()
    out.write("".join(lines))


main()
