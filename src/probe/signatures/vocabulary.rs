//! TABLE: the words of refusals, by what they speak of, in the languages servers speak.
//!
//! A class holds words that mean the same in a refusal. They are written as they are spelt, in lower
//! case; case and diacritics do not count. `*` at an end leaves it open. `{class}` takes in a class
//! that stands further down. Words are divided by ` | `, languages by lines: English, German,
//! French, Spanish, Portuguese, Italian, Dutch and Scandinavian, Polish and Czech, Russian,
//! Chinese, Japanese, Korean.

/// The classes: name and words.
pub(super) const CLASSES: &[(&str, &[&str])] = &[
    // ---- Whom a text is about
    (
        "elsewhere",
        &[
            "{helo} | {rdns} | {blocklist} | dns | name server | nameserver | resolve | resolves | mx record | mx records | hops | relay host",
        ],
    ),
    ("user", &["{rcpt} | {box}"]),
    (
        "rcpt",
        &[
            "recipient | recipients | recipient's | rcpt | rcpt to | rcptto | addressee | addressees | receiver | receivers | destination address | to address | envelope recipient | recipient address | forward-path | forward path | to:",
            "empfänger* | empfaenger* | adressat* | zieladresse | empfangsadresse",
            "destinataire*",
            "destinatario* | destino",
            "destinatário*",
            "ontvanger* | geadresseerde* | mottaker* | mottagare* | modtager* | vastaanottaja*",
            "odbiorc* | adresat* | příjemc* | prijemc* | címzett* | alıcı* | alici*",
            "получател* | адресат*",
            "收件人 | 收信人 | 收件者 | 收件地址 | 收信地址 | 接收人 | 收件方",
            "宛先 | 受信者 | 受取人 | 送信先 | あて先",
            "수신자 | 받는 사람 | 수신인",
            "отримувач* | одержувач* | destinatar* | primatelj* | primalac* | prejemnik* | παραλήπτη* | المستلم | הנמען | người nhận | penerima",
        ],
    ),
    ("box", &["{person} | {addr}"]),
    (
        "person",
        &[
            "user | users | user's | username | user name | userid | user id | mailbox | mailboxes | mail box | mailuser | mail user | account | accounts | local part | local-part | localpart | person | customer | subscriber | member | login name | inbox | maildrop | mail drop | mail account | mailfolder | mail folder | spectator | mbox | phone number | fax number | mailbox path",
            "benutzer* | postfach* | konto | konten | mailkonto* | anwender | nutzer* | teilnehmer",
            "utilisateur* | boîte | boite | bal | compte* | abonné* | usager*",
            "usuario* | buzón | buzones | buzon | casilla* | cuenta* | persona",
            "usuário* | caixa postal | caixa de correio | conta | contas",
            "utente | utenti | casella",
            "gebruiker* | brevlåda | användare* | bruker* | bruger* | postkasse* | käyttäjä* | postilaatikko*",
            "użytkownik* | skrzynk* | konta | uživatel* | schránk* | felhasználó* | postafiók* | kullanıcı* | hesap | posta kutusu",
            "пользовател* | ящик* | абонент* | аккаунт* | учетн*",
            "用户 | 用戶 | 使用者 | 邮箱 | 郵箱 | 信箱 | 帐号 | 帳號 | 账号 | 账户 | 帳戶 | 帐户 | 用户名",
            "ユーザ | ユーザー | メールボックス | アカウント | 利用者",
            "사용자 | 메일함 | 계정",
            "користувач* | скриньк* | обліков* | потребител* | пощенска кутия | utilizator* | căsuț* | cutia poștală | contul | korisnik* | sandučić* | uporabnik* | nalog | χρήστη* | γραμματοκιβώτιο | المستخدم | المستلم | צריכן | המשתמש | người dùng | ผู้ใช้ | pengguna | vartotoj* | lietotāj* | kasutaja*",
        ],
    ),
    (
        "addr",
        &[
            "address | addresses | addr | email-address | alias | mailing list | list | group | name",
            "adresse | adressen | mailadresse* | e-mail-adresse* | emailadresse*",
            "adresse*",
            "dirección | direccion | correo",
            "endereço | endereco",
            "indirizzo",
            "adres | adresy | адрес*",
            "地址 | 邮件地址 | 電子郵件地址",
            "メールアドレス | アドレス",
            "메일주소 | 메일 주소 | 주소",
            "адреса | adresa | adrese | naslov | διεύθυνση | العنوان | הכתובת | địa chỉ | alamat",
        ],
    ),
    ("a", &["<a>"]),
    (
        "sender",
        &[
            "sender | senders | sender's | sending address | sender address | from address | from-address | mailfrom | envelope from | envelope sender | envelope-sender | envelope-from | return path | return-path | return address | reverse path | reverse-path | originator | originator's | originating address | from: | from header | header from | author | mail from: | mail from <a> | mail from domain | mail from address | mail from command | from domain | rfc5321.mailfrom | bounce address | sender domain | sender's domain | sending domain",
            "absender* | sender | versender*",
            "expéditeur* | emetteur* | émetteur*",
            "remitente* | emisor*",
            "remetente*",
            "mittente | mittenti",
            "afzender* | avsender* | avsändare* | afsender* | lähettäjä*",
            "nadawc* | odesílatel* | odesilatel* | feladó* | gönderen* | gonderen*",
            "отправител*",
            "发件人 | 發件人 | 寄件者 | 寄件人 | 发信人 | 發信人 | 寄信人 | 发送人 | 发送者 | 發送者 | 发件地址 | 发件方",
            "差出人 | 送信者 | 送信元 | 発信者",
            "발신자 | 보낸 사람 | 송신자 | 발신인",
            "відправник* | подател* | expeditor* | pošiljatelj* | pošiljalac* | αποστολέα* | המוען | người gửi | pengirim",
        ],
    ),
    (
        "client",
        &[
            "client | clients | client host | client's | host | hosts | your host | your server | your mail server | your mta | your mx | your network | your machine | your computer | your system | your isp | ip | ips | ip-address | ip address | ip addresses | ip's | your address | connection | connections | connecting | remote host | remotehost | remote address | peer | server at | mail server at | sending server | sending host | sending mta | sending system | mailserver | netblock | subnet | network | <ip> | hostname | host name | server ip | server's ip | source ip | sending ip",
            "ihre ip* | ip-adresse* | client-ip | ihr server | ihr mailserver | rechner | verbindung* | ihr host",
            "adresse ip | votre ip | serveur | votre serveur | machine | connexion*",
            "dirección ip | direccion ip | su ip | su servidor | servidor | conexión | conexion",
            "endereço ip | endereco ip | seu ip | seu servidor | conexão | conexao",
            "indirizzo ip | il tuo ip | server mittente | connessione",
            "uw ip* | ip-adres* | din ip* | ip-osoite*",
            "adres ip | twój serwer | serwer | ip adresa | ip adres*",
            "ip-адрес* | ваш ip | ваш сервер | айпи | хост* | сервер* | соединени*",
            "客户端 | 客戶端 | 您的ip | 你的ip | ip地址 | ip 地址 | 该ip | 本ip | 您的服务器 | 服务器ip | ip位址 | 主机 | 主機 | 连接 | 連線 | 發信ip | 发信ip | 来源ip",
            "接続元 | クライアント | ipアドレス | 接続 | ホスト",
            "접속 | 클라이언트 | 아이피 | ip주소",
            "ip-адрес* | вашої ip* | ваш ip | adresa ip | adresei ip | ip adrese",
        ],
    ),
    ("place", &["{domain} | <d>"]),
    (
        "domain",
        &[
            "domain | domains | domain name | domain-name | mail domain",
            "domäne* | domaene*",
            "domaine*",
            "dominio*",
            "domínio*",
            "domini",
            "domein* | domän* | domene* | domæne*",
            "domen* | doména* | doméně | alan adı",
            "домен*",
            "域名 | 网域 | 網域 | 域",
            "ドメイン*",
            "도메인",
            "домейн* | domeniu* | domena | domene",
        ],
    ),
    (
        "message",
        &[
            "message | messages | mail | mails | email | e-mail | emails | letter | body | content | contents | data | submission | attachment | attachments | subject | header | headers | text",
            "nachricht* | mail | e-mail | inhalt* | anhang | anhänge | betreff",
            "message* | courriel* | mail | courrier | contenu | pièce jointe | piece jointe",
            "mensaje* | correo | contenido | adjunto*",
            "mensagem | mensagens | conteúdo | anexo*",
            "messaggio | messaggi | posta | contenuto | allegato",
            "bericht* | meddelande* | melding* | viesti*",
            "wiadomość | wiadomości | treść | załącznik* | zpráv* | üzenet* | ileti* | mesaj*",
            "сообщени* | письм* | почта | содержи* | вложени*",
            "邮件 | 郵件 | 信件 | 内容 | 內容 | 附件 | 消息 | 主题 | 正文",
            "メッセージ | メール | 本文 | 添付 | 内容",
            "메시지 | 메일 | 본문 | 첨부",
            "лист | повідомлення | кореспонденці* | съобщени* | mesajul* | poruka | poruke | poruku | sporočilo",
        ],
    ),
    // ---- Relaying
    (
        "relaying",
        &[
            "relay | relaying | relayed | relays | mail relay | mail relaying | relay access | relay attempt | relay operation | smtp-relay | third-party relay | third party relay | open-relay | relayer",
            "weiterleit* | weitergeleitet | weiterzuleiten | relais | weitervermittlung",
            "relais | relaie* | relayage | relayer | relayé | relaye* | acheminer | réacheminement",
            "reenvío | reenvio | reenviar | retransmitir | retransmisión | retransmision | reencaminar",
            "encaminhamento | encaminha | encaminhar | retransmissão | retransmissao | repassar | reencaminhamento",
            "inoltro | inoltrare | relaying | smistamento",
            "doorsturen | vidarebefordr* | videresend* | doorgeven",
            "przekazywani* | przekazywać | przesyłani* | předávání | přeposílání | přeposílat | továbbítás* | yönlendirme",
            "пересылк* | ретрансляц* | ретранслир* | релей | релеинг | реле | релэй | пересыла* | релея",
            "中继 | 中繼 | 转发 | 轉發 | 轉寄 | 转寄 | 转信 | 轉信 | 中转 | 代转 | 代发 | 转递",
            "中継 | 転送 | リレー",
            "릴레이 | 중계 | 전달",
            "пересилан* | препраща* | retransmiter* | prosljeđivanj* | preusmjeravanj* | aktarım* | yönlendir* | αναμετάδοση | posredovanj* | penerusan | chuyển tiếp",
        ],
    ),
    (
        "outside",
        &[
            "non-local | nonlocal | non local | not local | external | outside | remote domain | remote domains | remote addresses | foreign | third party | third-party | third parties | other domains | off-site | offsite | other servers | internet addresses | remote users | remote recipients | remote delivery",
            "extern* | fremd* | nicht lokal* | andere domains | ausserhalb | außerhalb",
            "externe* | extérieur* | non local* | distant*",
            "extern* | no local* | ajen*",
            "externo* | não local | não é local",
            "estern* | non locale | non locali",
            "zewnętrzn* | zewnetrzn* | nielokaln* | obcych domen | obca domena",
            "внешн* | сторонн* | чуж* | не локальн* | нелокальн*",
            "外部 | 外域 | 站外 | 非本地 | 非本域 | 外网 | 其他域",
            "外部 | ローカルではない",
            "외부",
        ],
    ),
    (
        "deliver",
        &[
            "accept | accepts | accepting | accepted | handle | handles | deliver | delivers | delivery | take | takes | serve | serves | host | hosts | process | receive | receives | responsible | relay | forward | forwards | route | send",
            "annehmen | nehmen | akzeptier* | zustellen | zuständig | verwalte*",
            "accepte* | acheminer | délivrer | livrer | responsable",
            "acept* | entregar | aceita* | entrega | accett* | consegn*",
            "przyjmuj* | obsługuj* | принима* | доставля* | обслужива*",
            "接收 | 接受 | 投递 | 受信 | 配送",
        ],
    ),
    (
        "service",
        &[
            "service | services | dienst | servicio | serviço | servizio | usługa | сервис | служба | сервер | server | system | 服务 | 服務 | 系统 | 系統 | 服务器 | サービス | サーバ | 서비스 | 서버",
        ],
    ),
    (
        "served",
        &[
            "served | serviced | hosted | handled | local | managed | configured | a local domain | ours | responsible",
            "verwaltet | gehostet | zuständig | bedient | lokal*",
            "hébergé* | géré* | desservi* | local* | locaux",
            "alojad* | gestionad* | atendid* | hospedad* | servid* | local",
            "ospitat* | gestit* | servit* | local*",
            "beheerd | hanteras | obsługiwan* | hostován* | kiszolgált",
            "обслужива* | размещен* | локальн*",
            "本地 | 本地域 | 管理 | 托管 | 扱って | 管理して",
        ],
    ),
    (
        "ipwords",
        &[
            "ip | ips | <ip> | ip address | ip addresses | ip-address | ip-adresse* | adresse ip | dirección ip | endereço ip | indirizzo ip | adres ip | ip-адрес* | ip адрес* | ip地址 | ipアドレス | hostname | host name | your host | client",
        ],
    ),
    // ---- Saying no
    (
        "denied",
        &[
            "{refused} | violation | violates | violating | violate | restricted | illegal | not legal | not supported | not available | disabled | not enabled | not possible | impossible | not ok | prevents | cannot | can't | unable | may not | must not | not able",
            "nicht möglich | unmöglich | kann nicht | können nicht | darf nicht | dürfen nicht",
            "impossible | ne peut | ne peuvent | ne pouvez",
            "no puede* | no se puede* | imposible",
            "não pode* | impossível | não é possível",
            "impossibile | non può | non puoi | non possono",
            "kan niet | kan inte | kan ikke",
            "nie można | nie może | nie mogą | niemożliw*",
            "невозможно | нельзя | не может | не могут",
            "不能 | 无法 | 無法 | 不可 | できません | 出来ません | 할 수 없",
        ],
    ),
    (
        "refused",
        &[
            "denied | deny | denies | denying | refused | refuse | refuses | refusing | refusal | rejected | reject | rejects | rejecting | rejection | prohibited | forbidden | forbid* | disallowed | not allowed | isn't allowed | is not allowed | aren't allowed | not permitted | isn't permitted | not authorized | not authorised | not accepted | not acceptable | isn't accepted | not accepting | unauthorized | unauthorised | blocked | barred | banned | no permission | unacceptable | turned away | declined | declines | not welcome | bounced | not currently allowed | not currently permitted | impermissible | not approved | not granted | not trusted | won't be accepted | will not be accepted | cannot be accepted | can not be accepted | not be accepted",
            "verweigert | verweigern | abgelehnt | abgewiesen | zurückgewiesen | zurueckgewiesen | nicht erlaubt | nicht gestattet | nicht zulässig | nicht zulaessig | nicht zugelassen | nicht berechtigt | verboten | untersagt | unzulässig | unerlaubt | gesperrt | blockiert | geblockt | nicht angenommen | nimmt keine | nicht akzeptiert | nicht autorisiert | nicht möglich | keine berechtigung | unterbunden | abgewehrt | deaktiviert",
            "refusé* | refuse* | refus | rejeté* | rejete* | interdit* | non autorisé* | non autorise* | pas autorisé* | pas autorise* | non permis* | pas permis* | bloqué* | bloque* | non accepté* | pas accepté* | impossible | désactivé* | prohibé*",
            "denegad* | rechazad* | rechazo | rechazamos | prohibid* | no permitid* | no está permitid* | no esta permitid* | no se permite | no autorizad* | no está autorizad* | no esta autorizad* | bloquead* | no aceptad* | no se acepta* | no permite | deshabilitad*",
            "negad* | recusad* | rejeitad* | proibid* | não permitid* | não é permitid* | não autorizad* | não está autorizad* | bloquead* | bloqueio | não aceit* | desativad* | desabilitad* | não permite",
            "negat* | rifiutat* | respint* | vietat* | proibit* | non consentit* | non è consentit* | non permess* | non autorizzat* | non è autorizzat* | bloccat* | non accettat* | non abilitat* | disabilitat*",
            "geweigerd | niet toegestaan | afgewezen | geblokkeerd | verboden | nekad* | avvisad* | inte tillåt* | ej tillåt* | avvist | ikke tillatt | ikke tilladt | afvist | blockerad* | blokeret | blokkert | estetty | hylätty | kielletty",
            "odmow* | odmówion* | odrzucon* | zabronion* | niedozwolon* | nie dozwolon* | nie jest dozwolon* | nie zezwala* | nieautoryzowan* | nie jest autoryzowan* | zablokowan* | niedopuszczaln* | odmítnut* | zamítnut* | zakázán* | není povolen* | blokován* | elutasít* | letiltva | tiltott | reddedildi | engellendi | izin verilmiyor | yasak* | nie ma uprawnień",
            "запрещен* | запрещ* | отказан* | отказ | отклонен* | отклонён* | отвергнут* | не разрешен* | не разрешён* | не допуска* | недопустим* | заблокирован* | блокирован* | блокиру* | не принима* | не позволен* | не принят* | отключен* | доступ закрыт",
            "拒绝 | 拒絕 | 禁止 | 不允许 | 不允許 | 被拒 | 不接受 | 不接收 | 无权 | 無權 | 未授权 | 未授權 | 阻止 | 拦截 | 攔截 | 屏蔽 | 封锁 | 封鎖 | 封禁 | 拒收 | 退回 | 限制 | 不支持 | 不能 | 不得 | 未被允许 | 被封 | 拒信 | 不予 | 没有权限 | 沒有權限 | 不准 | 驳回 | 不被允许",
            "拒否 | 許可されていません | 許可しません | 許可されません | 禁止 | 拒絶 | ブロック | 受け付けません | 受け付けていません | 受け付けられません | 受信できません | 認められていません | できません | 受け取れません",
            "거부 | 거절 | 허용되지 | 차단 | 금지 | 불가 | 허용하지",
            "заборонен* | відхилен* | заблокован* | відмовлен* | не дозволен* | забранен* | отхвърлен* | блокиран* | respins* | interzis* | nu este permis* | nu sunt permise | blocat* | zabranjen* | odbijen* | nije dozvoljen* | nije dopušten* | blokiran* | yapılamaz | izin yok | reddedil* | απορρίφθηκε | απαγορεύεται | ditolak | bị từ chối | مرفوض | נדחתה | zavrnjen*",
        ],
    ),
    (
        "not",
        &[
            "not | no | cannot | can not | can't | cant | couldn't | could not | unable | won't | will not | wont | don't | dont | do not | does not | doesn't | doesnt | did not | isn't | isnt | is not | aren't | are not | may not | must not | mustn't | shouldn't | should not | never | without | nor | neither | non | wasn't | was not | haven't | have not | has not | hasn't | failed to | only",
            "nicht | kein* | keine | ohne | niemals | nur",
            "ne | pas | non | aucun* | sans | impossible",
            "no | ningún | ningun | sin | solo",
            "não | nao | nenhum* | sem",
            "non | nessun* | senza | impossibile",
            "niet | geen | inte | ej | ikke | ei | ingen",
            "nie | brak | bez | není | nelze | nemáte | nem | nemá",
            "не | нет | нельзя | без | невозможно",
            "不 | 无 | 無 | 未 | 没有 | 沒有 | 非",
            "ません | ない | なし",
            "없 | 않",
            "не | ні | nu | nije | nisu | ne | δεν | không | tidak | לא | لا | ไม่",
        ],
    ),
    (
        "unknown",
        &[
            "unknown | no one | nobody | no person | not found | wasn't found | was not found | isn't found | could not be found | couldn't be found | cannot be found | can't be found | not be found | not find | does not exist | doesn't exist | doesnt exist | do not exist | don't exist | did not exist | not exist | not exists | no longer exist* | not existing | non-existent | nonexistent | non existent | non-existant | nonexistant | non-existing | inexistent | inexistant | doesn not exist | not known | isn't known | unrecognized | unrecognised | not recognized | not recognised | no such | there is no | there's no | invalid | not valid | isn't valid | not a valid | is not valid | undeliverable | not deliverable | undefined | not defined | unregistered | not registered | isn't registered | not present | not listed | not here | not at this | no mailbox | no account | no user | no recipient | no longer valid | no longer here | not in our | not on this | not on our | never existed | no matching | not a known | not a user | not a local user | cannot find | can't find | can not find | could not find | couldn't find | unable to find | wrong | incorrect | no match | bad destination | bad address | not provisioned | userunknown",
            "unbekannt* | existiert nicht | nicht gefunden | nicht vorhanden | kein solcher | keine solche | kein benutzer | ungültig* | ungueltig* | gibt es nicht | nicht vergeben | nicht existent* | nicht existier* | nicht bekannt | nicht registriert | nicht eingerichtet | nicht mehr gültig | kein postfach | keine mailbox | nicht zustellbar | unzustellbar | existieren nicht",
            "inconnu* | n'existe pas | n existe pas | n'existe plus | introuvable* | inexistant* | invalide* | non valide* | non trouvé* | pas trouvé* | n'est pas valide | aucun utilisateur | aucune boîte | non répertorié | n'a pas été trouvé*",
            "desconocid* | no existe* | inexistente* | inválid* | no válid* | no valid* | no encontrad* | no se encuentra | no se encontró | no se ha encontrado | no es válid* | no hay ningún | no está registrad*",
            "desconhecid* | não existe* | inexistente* | inválid* | não encontrad* | não foi encontrad* | não localizad* | não é válid* | não cadastrad*",
            "sconosciut* | non esist* | inesistent* | non valid* | non trovat* | non è valid* | non è stato trovato | non è stata trovata | non presente | nessun utente",
            "onbekend* | bestaat niet | niet gevonden | ongeldig* | okänd* | finns inte | ukjent* | ukendt* | finnes ikke | eksisterer ikke | findes ikke | tuntematon | ei löydy | ei ole olemassa",
            "nieznan* | nie istnieje | nieistniejąc* | nie znaleziono | nieprawidłow* | brak takiego | nie ma takie* | neexistuje | neznám* | neplatn* | nenalezen* | nem létezik | ismeretlen | nem található | bulunamadı | mevcut değil | geçersiz | bilinmeyen | yok",
            "неизвест* | не существует | не существуют | несуществующ* | не найден* | нет такого | нет такой | такого нет | недействител* | неверн* | не зарегистрирован* | отсутствует | не обнаружен*",
            "不存在 | 查無此人 | 查无此人 | 未找到 | 找不到 | 无此 | 無此 | 没有这个 | 沒有這個 | 没有该 | 未知 | 无效 | 無效 | 查无 | 查無 | 没有此 | 沒有此 | 未注册 | 不正确 | 错误 | 並不存在 | 不认识",
            "存在しません | 存在しない | 見つかりません | 見つかりませんでした | 不明 | 未登録 | 無効 | 登録されていません | ありません | 該当する",
            "존재하지 | 없는 | 없습니다 | 알 수 없 | 찾을 수 없 | 잘못된",
            "не знайден* | не існує | невідом* | не съществува | непознат* | nu exista | nu există | necunoscut* | ne postoji | nepoznat* | ne obstaja | δεν υπάρχει | άγνωστος | غير موجود | غير معروف | אינו קיים | לא קיים | không tồn tại | tidak ditemukan | tidak dikenal | ไม่พบ | neegzistuoja | neeksistē | ei eksisteeri | ei löydy",
        ],
    ),
    (
        "absent",
        &[
            "not found | wasn't found | was not found | does not exist | doesn't exist | doesn't live here | don't exist | no such user | no such address | unknown user | user unknown | unknown recipient | recipient unknown | is not known | isn't known | not known here | is not a known | is not a valid | isn't a valid | is not valid | is not an active | is unknown | unknown to | not exist | no longer exists | is not a user | has no mailbox | has no account",
            "existiert nicht | nicht gefunden | ist unbekannt | unbekannt | gibt es nicht",
            "n'existe pas | inconnu | inconnue | introuvable",
            "no existe | desconocido | não existe | desconhecido | non esiste | sconosciuto",
            "bestaat niet | finns inte | nie istnieje | neexistuje",
            "не существует | не найден | неизвестен",
            "不存在 | 无效 | 存在しません",
        ],
    ),
    (
        "gone",
        &[
            "disabled | inactive | not active | isn't active | no longer active | deactivated | suspended | suspend | locked | frozen | closed | expired | terminated | discontinued | deleted | removed | retired | dormant | not activated | unavailable | not available | isn't available | no longer available | currently unavailable | not in use | no longer in use | abandoned | turned off | switched off | hangup | moved | no longer accepts mail | no longer accept* | on hold | blocked | not currently available | archived | obsolete | cancelled | canceled | unavaiable | not enabled | left the company",
            "deaktiviert | gesperrt | inaktiv | gelöscht | geloescht | geschlossen | stillgelegt | nicht mehr aktiv | nicht verfügbar | nicht verfuegbar | nicht mehr verfügbar | nicht aktiv | abgeschaltet | gekündigt",
            "désactivé* | desactive* | suspendu* | fermé* | ferme* | inactif | inactive | supprimé* | bloqué* | archivé* | archivee | indisponible | clôturé* | résilié*",
            "deshabilitad* | suspendid* | inactiv* | cerrad* | desactivad* | eliminad* | no disponible | cancelad* | bloquead*",
            "desativad* | suspens* | inativ* | encerrad* | bloquead* | indisponível | indisponivel | cancelad* | desabilitad*",
            "disabilitat* | sospes* | disattivat* | chius* | inattiv* | bloccat* | non attiv* | non disponibile | cessat*",
            "geblokkeerd | gesloten | niet actief | spärrad* | stängd* | inaktiv* | sperret | lukket",
            "zablokowan* | wyłączon* | nieaktywn* | zawieszon* | usunięt* | niedostępn* | neaktivní | zablokován* | zrušen*",
            "заблокирован* | отключен* | неактив* | удален* | удалён* | закрыт* | приостановлен* | недоступен | недоступн*",
            "停用 | 禁用 | 已被停用 | 冻结 | 凍結 | 已注销 | 注销 | 关闭 | 關閉 | 锁定 | 鎖定 | 过期 | 过期 | 暂停 | 暫停 | 未激活 | 已失效 | 被封 | 封停 | 欠费",
            "停止 | 無効 | 利用できません | 解約 | 休止 | 使用できません",
            "정지 | 비활성 | 휴면 | 해지 | 중지",
            "вимкнен* | видален* | деактивиран* | dezactivat* | suspendat* | deaktiviran* | ugašen* | απενεργοποιημένο* | devre dışı",
        ],
    ),
    (
        "full",
        &[
            "full | over quota | overquota | over-quota | quota exceeded | exceeded quota | exceeds quota | exceeded its quota | exceeded the quota | out of quota | over its quota | over disk quota | over the quota | over his quota | disk quota | mail quota | storage quota | quota | quota violation | quota full | quota limit | insufficient storage | exceeded storage | storage allocation | storage limit | storage exceeded | not enough space | not enough storage | no space | out of space | out of storage | no room | insufficient space | insufficient disk | space has been used up | too many messages | has exceeded | exceeds the storage | size limit exceeded | size exceeded",
            "voll | überfüllt | quota überschritten | speicherplatz | kontingent | überlastet | überschritten | quote überschritten",
            "plein | pleine | saturé* | quota dépassé | quota depasse | quota",
            "llen* | lleno | cuota | sin espacio | excedid* | cuota excedida",
            "chei* | cheia | lotad* | cota | quota excedida | excedeu",
            "pien* | piena | quota superata | esaurit*",
            "vol | volle | fuld | fullt | täynnä",
            "pełna | przepełnion* | przekroczon* | plná | plny | překročen* | megtelt | dolu",
            "переполнен* | квота | превышен* | полон | заполнен*",
            "已满 | 已滿 | 满 | 超出配额 | 配额 | 超过容量 | 容量 | 空间不足 | 空間不足 | 超出空间",
            "いっぱい | 容量 | 満杯 | 超過 | オーバー",
            "용량 | 가득 | 초과",
            "переповнен* | препълнен* | plină | plina | pun | puna | täynnä | dolu | γεμάτο | penuh",
        ],
    ),
    // ---- Logging in
    (
        "login",
        &[
            "authentication | authenticate | authenticated | authenticating | auth | smtp auth | smtp-auth | smtpauth | asmtp | log in | login | logon | log on | logged in | logged on | sign in | esmtp auth | username and password | user name and password | credentials | sasl | password",
            "authentifizierung | authentisierung | authentifizier* | authentisier* | authentifikation | anmeldung | anmelden | angemeldet | einloggen | eingeloggt | smtp-authentifizierung | login",
            "authentification | authentifi* | s'identifier | vous identifier | identifiez | s'authentifier | identifiant*",
            "autenticación | autenticacion | autentic* | autentificación | autentificacion | autentificar* | identificarse | iniciar sesión | credenciales",
            "autenticação | autenticacao | autentic* | autentique* | login | fazer login",
            "autenticazione | autentic* | autenticarsi | login",
            "authenticatie | aanmelden | inloggen | autentisering | autentiser* | godkendelse | logge inn | tunnistau* | autentisoi* | inloggning",
            "uwierzytelni* | autoryzacj* | autoryzac* | zalogow* | zaloguj* | logowani* | ověření | autentizac* | přihlášení | přihlásit | hitelesít* | bejelentkez* | kimlik doğrulama | oturum açma*",
            "аутентификац* | авторизац* | аутентифицир* | авторизова* | авторизуйтесь | авторизоваться | залогин* | войдите | войти | логин и пароль",
            "认证 | 認證 | 验证 | 驗證 | 登录 | 登錄 | 登入 | 身份验证 | 身份认证 | 鉴权 | 用户名和密码 | smtp验证 | smtp认证",
            "認証 | ログイン | smtp認証 | smtp auth",
            "인증 | 로그인",
            "автентифікац* | авторизац* | удостоверяван* | autentificar* | autentifikacij* | prijava | overjanje | doğrulama* | otentikasi | xác thực | tunnistautum* | πιστοποίηση",
        ],
    ),
    (
        "needed",
        &[
            "{must} | please | first | before | should | only | try | use | enable | prior | ought",
            "bitte | zuerst | vorher | erst | aktivieren | nur",
            "veuillez | merci de | d'abord | seuls | uniquement",
            "primero | por favor | antes | primeiro | prima | eerst | najpierw | proszę | nejprve",
            "сначала | пожалуйста | следует",
            "请 | 請 | 先 | してください | 下さい | 行ってください | 先に | 하십시오 | 하세요 | 먼저",
        ],
    ),
    (
        "must",
        &[
            "required | require | requires | requiring | needed | need | needs | must | mandatory | necessary | obligatory | have to | has to | only after",
            "erforderlich | benötigt | benoetigt | notwendig | nötig | noetig | müssen | muessen | verlangt | voraussetzung",
            "requise | requis | nécessaire* | obligatoire* | devez | doit | exigée | exige",
            "requerida | requerido | requiere | necesari* | obligatori* | debe | debes | se necesita | hay que | tiene que",
            "requer | necessári* | obrigatóri* | deve | precisa | exigida",
            "richiesta | richiesto | necessari* | obbligatori* | devi | occorre | bisogna",
            "vereist | verplicht | nodig | krävs | kreves | påkrævet | kræves | måste | vaaditaan",
            "wymagan* | wymaga | należy | konieczn* | musisz | potrzebn* | vyžadován* | vyžaduje | nutné | szükséges | gerekli* | gerekiyor",
            "требуется | требуют | необходим* | нужн* | обязательн* | должны | требует | надо",
            "需要 | 必须 | 必須 | 要求 | 应先 | 需 | 须 | 需先",
            "必要 | 要求",
            "필요 | 해야",
            "потрібн* | необхідн* | изисква* | necesar* | necesară | potrebn* | gerekli* | gerekir | zorunlu | diperlukan | yêu cầu | απαιτείται | demands | demand | insists | obligatoriu",
        ],
    ),
    (
        "tls",
        &[
            "tls | starttls | ssl | ssl/tls | tls/ssl | encryption | encrypted | encrypt | secure connection | secured connection | secure channel | secure session | https encryption | transport layer security | tls-encrypted | unencrypted | plaintext connection | clear text",
            "verschlüssel* | verschluessel* | unverschlüssel*",
            "chiffrement | chiffré* | chiffre | sécurisée | securisee | cryptée",
            "cifrado | cifrada | encriptad* | conexión segura | conexion segura | encriptación",
            "criptografia | criptografad* | conexão segura",
            "cifratura | cifrata | crittograf* | connessione sicura",
            "versleutel* | krypter* | kryptera*",
            "szyfrowani* | szyfrowan* | šifrován* | titkosít* | şifreleme",
            "шифрован* | зашифрован* | защищенное соединение | защищенного соединения | защищенном соединении",
            "加密 | 安全连接 | 安全連線",
            "暗号化 | 暗号",
            "암호화",
        ],
    ),
    // ---- Time and amount
    (
        "later",
        &[
            "later | try again | retry | try later | try back | temporarily | temporary | temporarly | temporally | come back | please wait | in a few minutes | in a few | in a while | in some minutes | minutes | seconds | hours | deferred | defer | delayed | delay | again in | at a later time | next time | resend | re-send | reconnect | not now | shortly | tempfail | soft error | soft-fail | soft bounce | postponed",
            "später | spaeter | vorübergehend | vorruebergehend | temporär* | temporaer* | erneut | nochmal | zurückgestellt | wiederholen | in einigen minuten | versuchen sie es",
            "plus tard | ultérieurement | ulterieurement | temporaire* | réessay* | reessay* | nouveau | momentané* | différé*",
            "más tarde | mas tarde | temporal | temporalmente | intente de nuevo | intente nuevamente | inténtelo | intentelo | reintente | vuelva a intentar* | provisional",
            "mais tarde | temporári* | temporari* | tente novamente | tente mais | tentar novamente",
            "più tardi | piu tardi | temporane* | riprova* | riprovare | in seguito",
            "later | tijdelijk | opnieuw | senare | tillfälligt | senere | midlertidig* | myöhemmin | tilapäi* | försök igen",
            "później | pozniej | tymczasow* | spróbuj ponownie | ponownie | chwilow* | později | dočasn* | znovu | később | átmeneti* | ideiglenes* | daha sonra | geçici* | tekrar deneyin",
            "позже | позднее | временн* | повторите | попробуйте | еще раз | через",
            "稍后 | 稍後 | 稍候 | 重试 | 重試 | 再试 | 再試 | 暂时 | 暫時 | 临时 | 臨時 | 过一会 | 晚些 | 延迟 | 延后",
            "後で | 後ほど | しばらく | 一時的 | 再度 | 再送 | 時間をおいて | のちほど",
            "나중에 | 일시적 | 잠시 | 다시 시도",
            "пізніше | спробуйте | тимчасов* | по-късно | временно | mai târziu | mai tarziu | temporar* | kasnije | privremen* | myöhemmin | αργότερα | nanti | sau ít phút",
        ],
    ),
    (
        "greylist",
        &[
            "greylist* | graylist* | grey-list* | gray-list* | grey list* | gray list* | postgrey | milter-greylist | grey_list* | greypolicy | sqlgrey | greytrap*",
            "listes grises | liste grise | lista gris | lista cinza | szara lista | szare listy | szarej liście | grijze lijst | grå lista",
            "серый список | сером списке | серые списки | грейлист*",
            "灰名单 | 灰名單 | グレイリスト* | グレーリスト* | 그레이리스트*",
        ],
    ),
    (
        "many",
        &[
            "too many | too much | too fast | too frequent* | too often | too quick* | too rapid* | exceeded | exceed | exceeds | exceeding | limit reached | reached the limit | rate limit* | rate-limit* | ratelimit* | rate limited | throttl* | maximum number | max number | excessive | over limit | over the limit | limit exceeded | limit has been reached | maximum | slow down | frequency | flooding | number of | hourly limit | daily limit | per hour | per minute | per day | at a rate | volume | rate control | rate is too high | limit",
            "zu viele | zuviele | zu oft | zu schnell | zu häufig | limit überschritten | überschritten | begrenzung",
            "trop de | trop d' | trop nombreu* | dépassé* | limite atteinte | limite",
            "demasiad* | excedid* | límite | limite | exceso",
            "muitas | muitos | demais | excedid* | excedeu | limite",
            "troppi | troppe | superat* | limite",
            "te veel | för många | for mange | liian monta | limiet",
            "zbyt wiele | zbyt dużo | za dużo | przekroczon* | limit | příliš mnoho | túl sok | çok fazla",
            "слишком много | слишком част* | превышен* | превысил* | лимит* | слишком мног*",
            "过多 | 過多 | 太多 | 超过 | 超過 | 超出 | 频率 | 頻率 | 过快 | 过于频繁 | 频繁 | 上限 | 限额 | 限流 | 太频繁",
            "多すぎ | 超え | 超過 | 制限 | 過多 | 上限",
            "너무 많 | 초과 | 제한",
            "забагато | перевищен* | твърде много | prea mult* | previše | πάρα πολλ* | terlalu banyak",
        ],
    ),
    (
        "things",
        &[
            "connections | connection | sessions | messages | recipients | recipient | rcpts | mails | emails | e-mails | errors | commands | requests | transactions | mail | users | rcpt | invalid recipients | bad commands | unknown users | addresses | deliveries | hops | concurrent | simultaneous | attempts | junk commands | per connection | per session | session | simultaneously | rate | traffic | ip | volume | failures | clients | command | nonexistent",
            "verbindungen | empfänger | nachrichten | mails | fehler | anfragen",
            "connexions | destinataires | messages | erreurs | sessions",
            "conexiones | destinatarios | mensajes | correos | errores",
            "conexões | conexoes | destinatários | mensagens | erros",
            "connessioni | destinatari | messaggi | errori",
            "verbindingen | anslutningar | forbindelser | yhteyttä",
            "połączeń | wiadomości | odbiorców | připojení | kapcsolat | bağlantı",
            "соединений | подключений | получателей | писем | сообщений | ошибок | адресатов",
            "连接 | 連線 | 收件人 | 邮件 | 郵件 | 错误 | 请求 | 发送 | 發送 | 并发 | 会话",
            "接続 | 受信者 | 宛先 | メール | エラー | セッション",
            "연결 | 접속 | 수신자 | 메일",
        ],
    ),
    // ---- Reasons that lie with the client
    (
        "blocklist",
        &[
            "blacklist* | black list* | black-list* | blocklist* | block list* | block-list* | denylist* | dnsbl* | rbl | rbls | rbl* | dnsrbl | realtime block* | real-time block* | spamhaus* | spamcop* | sorbs | barracuda reputation | barracudacentral* | sbl | xbl | pbl | csi | zen | uceprotect* | spam source | spam sources | known spam source | spam list | njabl | abuseat | invaluement | psbl | hostkarma | senderbase | blackholes | blackhole list | maps | rhsbl | cbl | banlist | ban list | spammer list | spammers list | local block list | deny list | open proxy | open proxies | open relay list | blocking list | listed in | listed by | listed at | listed on | black ip | is listed | are listed | on our list | currently sending spam | spamlist | badlist",
            "schwarze liste | schwarzen liste | sperrliste* | blockliste*",
            "liste noire | listes noires | liste de blocage",
            "lista negra | listas negras | listado en | listada en",
            "lista de bloqueio | listado em",
            "lista nera | liste nere",
            "zwarte lijst | svartlist* | spärrlista* | blokkeringslijst",
            "czarna lista | czarnej liście | czarnej liscie | černá listina | feketelist* | kara liste*",
            "черный список | чёрный список | черном списке | чёрном списке | черные списки | блэклист* | чс",
            "黑名单 | 黑名單 | 阻止列表 | 封锁名单 | 封鎖名單",
            "ブラックリスト | 拒否リスト",
            "블랙리스트 | 차단 목록",
            "чорному списку | чорний список | черен списък | lista neagră | crnoj listi | μαύρη λίστα",
        ],
    ),
    (
        "rdns",
        &[
            "reverse dns | reverse-dns | rdns | r-dns | ptr | ptr record | ptr records | ptr-record | reverse lookup | reverse name | reverse hostname | reverse resolution | reverse mapping | reverse address | in-addr.arpa | fcrdns | forward confirmed | inverse dns | reverse record | reverse pointer | reverse domain | cannot find your hostname | cannot find your reverse hostname | can't find your hostname | could not find your hostname | ip name lookup | ip name | no hostname | ip lookup | iprev | reverse ip | reverse entry | does not resolve to | doesn't resolve to | name service error | inverse resolution | backresolv* | dns ptr | hostname lookup | your hostname | no reverse | resolve your address | resolve your ip | resolve your host | unresolvable relay | unresolvable host",
            "reverse-lookup | rückwärtsauflösung | reverse-eintrag | ptr-eintrag | namensauflösung",
            "dns inverse | résolution inverse | resolution inverse",
            "dns inverso | resolución inversa | resolucion inversa | registro ptr | inversa",
            "dns reverso | reverso",
            "dns inverso | risoluzione inversa | record ptr",
            "omgekeerde dns",
            "odwrotn* | rekord ptr | rekordu ptr | rev dns | revdns | reverzní* | zpětný záznam",
            "обратн* | ptr запис* | ptr-запис*",
            "反向解析 | 反解 | 反向dns | 反向 dns | ptr记录 | 逆向解析 | 反向域名",
            "逆引き",
            "역방향 | 역방향dns",
        ],
    ),
    (
        "dynamic",
        &[
            "dynamic | dynamically | dialup | dial-up | dial up | dul | residential | generic hostname | generic host | generic ptr | generic rdns | generic reverse | home user | broadband | dsl | adsl | cable | dhcp | ppp | pool | consumer | dynamic-looking | end-user | end user | access network",
            "dynamisch* | einwahl* | einwähl*",
            "dynamique*",
            "dinámic* | dinamic*",
            "dinâmic*",
            "dinamic*",
            "dynamiczn* | dynamick* | dinamik*",
            "динамическ*",
            "动态 | 動態 | 动态ip | 拨号",
            "動的 | ダイナミック",
            "동적 | 유동",
        ],
    ),
    (
        "reputation",
        &[
            "reputation | senderscore | sender score | trust level | spam source | spamming | spammer | spammers | bad behaviour | bad behavior | misbehav* | abuse from | abusive | suspicious activity | suspicious | infected | compromised | botnet | zombie | sending spam | sent spam | spam from | source of spam | spams from | hacker | attack | attacks | attacking | dictionary attack | harvest* | brute force | fail2ban | listwash* | user complaints | complaints",
            "reputation | spamversand",
            "réputation",
            "reputación | reputacion",
            "reputação | reputacao",
            "reputazione",
            "reputatie | rykte | omdömme",
            "reputacj* | reputace | hírnév | itibar",
            "репутац*",
            "信誉 | 信譽 | 声誉 | 信用",
            "レピュテーション | 評価 | 評判",
            "평판",
        ],
    ),
    (
        "country",
        &[
            "country | countries | geographic* | geoip | geo-ip | geo ip | geo-block* | geographical location | geographic region | your region | land | pays | país | pais | kraj | страна | стран | 国家 | 國家 | 地区 | 地域",
        ],
    ),
    (
        "helo",
        &[
            "helohost | helo | ehlo | hello | helo/ehlo | ehlo/helo | helo name | helo command | helo string | helo argument | greeting | greeted | your name",
        ],
    ),
    // ---- Reasons that lie with the sender
    (
        "spf",
        &[
            "spf | sender policy framework | spf record | spf check | spf records | spf-record | dmarc | dkim | dmarc policy | domainkeys | domain keys | adsp | openspf | sender id | senderid | sender-id | spf验证 | spf检查 | spf校验 | sender permitted from | domain-based message authentication | authentication level | authentication requirements | authentication checks | authentication results | 5322.from | bimi | dkim signature",
        ],
    ),
    // ---- Reasons that lie with the content
    (
        "spam",
        &[
            "spam | spams | spammy | spam-like | spamming | junk | junk mail | junkmail | unsolicited | bulk | bulk mail | uce | ube | phish* | scam | spam message | spamassassin | spam score | spamscore | advertising | advertisement* | marketing",
            "spam | werbung | unerwünscht* | spam-verdacht",
            "pourriel* | indésirable* | indesirable* | publicité | spam",
            "spam | correo no deseado | no deseado | basura",
            "spam | lixo eletrônico | indesejad*",
            "spam | indesiderat* | posta indesiderata",
            "ongewenst* | skräppost | søppelpost | roskaposti*",
            "spam | niechcian* | spamem | nevyžádan* | levélszemét | istenmeyen",
            "спам* | спама | спамом | нежелательн* | рассылк*",
            "垃圾邮件 | 垃圾郵件 | 垃圾 | 广告 | 廣告 | 垃圾信",
            "スパム | 迷惑メール",
            "스팸",
            "спамом | спаму | спам-* | neželjen*",
        ],
    ),
    (
        "virus",
        &[
            "virus | viruses | malware | infected | trojan | worm | clamav | eicar | malicious | infection | ransomware | exploit | potentially dangerous | dangerous",
            "viren | virus | schadsoftware | schädlich* | vírus | вирус* | wirus* | 病毒 | 恶意 | 惡意 | ウイルス | ウィルス | 바이러스",
        ],
    ),
    (
        "policy",
        &[
            "policy | policies | policy reasons | local policy | administrative* | administrator | security policy | prohibited by | rule | rules | filter | filters | filtered | filtering | content filter | restrictions | restriction",
            "richtlinie* | regel* | policy | filter*",
            "politique | règle* | stratégie | filtre*",
            "política* | politica* | regla* | filtro*",
            "política* | politica* | regra* | filtro*",
            "politica | politiche | regola | filtro",
            "beleid | polityk* | zasad* | filtr* | pravidl*",
            "политик* | правил* | фильтр*",
            "策略 | 规则 | 規則 | 政策 | 过滤 | 過濾",
            "ポリシー | フィルタ*",
            "정책",
        ],
    ),
    // ---- Form
    (
        "syntax",
        &[
            "syntax | malformed | unrecognized | unrecognised | not recognized | not recognised | unknown command | command unknown | command unrecognized | unimplemented | not implemented | bad sequence | out of sequence | out of order | wrong sequence | wrong order | invalid argument | invalid arguments | illegal argument | bad argument | missing argument | bad parameter | invalid parameter | unrecognized parameter | parameter | parameters | parameter not | invalid command | bad command | illegal command | unsupported command | not a valid address | fully-qualified | fully qualified | fqdn | qualified domain | badly formed | bad address syntax | bad syntax | cannot parse | can't parse | could not parse | unparsable | unparseable | parse error | parsing | ill-formed | non-ascii | 8bit | 8-bit | smtputf8 | utf8 | illegal character* | invalid character* | unbalanced | bad format | invalid format | wrong format | format error | invalid syntax | angle brackets | <crlf> | protocol error | protocol violation | command not",
            "syntaxfehler | syntaxfehler | ungültiges format | ungültiger befehl | unbekannter befehl | befehl* | falsche reihenfolge | nicht implementiert",
            "erreur de syntaxe | syntaxe | commande inconnue | commande invalide | mal formé*",
            "sintaxis | comando desconocido | comando no | mal formad* | secuencia",
            "sintaxe | comando desconhecido | comando não | malformad*",
            "sintassi | comando sconosciuto | comando non | formato non valido",
            "syntaxis* | syntaksfeil | ogiltigt kommando",
            "składni* | nieznane polecenie | błąd składni | polecenie | syntaxe | neznámý příkaz",
            "синтакси* | неизвестная команда | команда | неверный формат | ошибка в команде | недопустимая команда",
            "语法 | 語法 | 命令 | 格式 | 参数错误 | 參數錯誤 | 指令",
            "構文 | コマンド | 書式 | 文法",
            "구문 | 명령",
        ],
    ),
    // ---- The service
    (
        "down",
        &[
            "service unavailable | service not available | service is unavailable | service currently unavailable | service temporarily unavailable | service is temporarily | shutting down | shut down | system error | internal error | internal server error | server error | local error | local problem | configuration error | config error | misconfigured | server busy | too busy | busy | overloaded | overload | out of memory | insufficient resources | insufficient system | system storage | resources | maintenance | not accepting | out of order | disk full | no space left | database error | database | ldap | lookup failure | timeout | timed out | time out | system failure | system incorrectly configured | closing transmission channel | closing connection | error in processing | unexpected | could not connect | cannot connect | unable to connect | crashed | memory | exception | offline | server configuration | resource | disk space",
            "nicht verfügbar | dienst | wartung* | überlastet | interner fehler | systemfehler | störung",
            "service indisponible | indisponible | maintenance | erreur interne | surchargé*",
            "servicio no disponible | no disponible | error interno | mantenimiento | sobrecarga*",
            "serviço indisponível | indisponível | erro interno | manutenção | sobrecarreg*",
            "servizio non disponibile | errore interno | manutenzione | sovraccaric*",
            "niet beschikbaar | otillgänglig | utilgjengelig | underhåll",
            "niedostępn* | usługa | przeciążon* | konserwacj* | błąd wewnętrzny | nedostupn* | přetížen* | karbantartás | bakım",
            "недоступ* | сервис | обслуживани* | перегружен* | внутренняя ошибка | ошибка сервера",
            "服务不可用 | 服務不可用 | 繁忙 | 系统忙 | 系统错误 | 内部错误 | 維護 | 维护 | 过载",
            "サービス | メンテナンス | 混雑 | 内部エラー | 利用できません",
            "서비스 | 점검 | 내부 오류",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::signatures::all;
    use std::collections::HashSet;

    #[test]
    fn every_class_is_named_once_and_used() {
        let mut names = HashSet::new();
        let written: String = all()
            .flat_map(|row| row.says)
            .chain(CLASSES.iter().flat_map(|(_, words)| *words))
            .copied()
            .collect();
        for (name, words) in CLASSES {
            assert!(names.insert(name), "{name} stands twice");
            assert!(
                written.contains(&format!("{{{name}}}")),
                "{name} is not used"
            );
            assert!(!words.is_empty());
        }
    }

    #[test]
    fn no_word_is_empty_or_loose() {
        for (name, words) in CLASSES {
            for word in words.iter().flat_map(|words| words.split(" | ")) {
                let bare = word.trim_matches(['*', '^']);
                assert!(!bare.is_empty() && bare.trim() == bare, "{name}: {word:?}");
                assert!(!bare.contains(['|', '*']), "{name}: {word:?}");
            }
        }
    }
}
