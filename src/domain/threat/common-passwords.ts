/**
 * The passwords that people choose most, in lower case, and the forms into which policies make them grow: for who has no
 * list of their own (`--compromised-passwords`). Shorter ones are not here, for no policy allows them.
 */
export const commonPasswords = `
!@#$%^ !@#$%^& !@#$%^&* !@#$%^&*() !@#$1234 !@#123qwe !qaz1qaz !qaz2wsx 000000 00000000 0123456789 0987654321 101010
102030 111111 1111111 11111111 112233 11223344 1122334455 121212 123!@#qwe 123123 123123123 123321 1234!@#$ 12341234
12345!@#$% 123456 1234567 12345678 12345678! 123456789 123456789! 1234567890 1234567890! 123456789a 123456789a!
12345678a 12345678a! 1234567a 123456a 123456aa 123456aa! 123456ab! 123456abc 12345abc 12345qwert 1234abcd 1234abcd!
1234qwer 1234qwer! 123abc 123abc! 123qwe 123qwe! 123qwe!@# 123qweasd 123qweasdzxc 12qw!@qw 12qwaszx 131313 147258
147258369 159753 1q2w3e 1q2w3e4r 1q2w3e4r! 1q2w3e4r5t 1q2w3e4r5t! 1qaz!qaz 1qaz2wsx 1qaz2wsx! 1qaz@wsx 1qazxsw2 222222
333333 444444 555555 654321 666666 696969 741852963 777777 789456 789456123 87654321 888888 88888888 987654321 999999
a123456 a1234567 a12345678 a123456789 a1b2c3 a1b2c3d4 a1b2c3d4! a1s2d3f4 aa123456 aa123456! aa12345678 aa@123456
aaaaaa aaaaaa1! aaaaaaa1! aaaaaaaa abc123 abc123! abc1234 abc1234! abc12345 abc12345! abc123456 abc123456! abcd123
abcd1234 abcd1234! abcd12345 abcd@1234 abcdef abcdef1! abcdefg abcdefg1 abcdefg1! abcdefgh abcdefgh1! access access1!
access123! adm1n123 admin#123 admin1 admin1! admin12 admin123 admin123! admin1234 admin1234! admin12345 admin123456
admin2022 admin2022! admin2023 admin2023! admin2024 admin2024! admin2025 admin2025! admin2026 admin2026! admin2027
admin2027! admin@1 admin@123 admin@1234 admin@2022 admin@2023 admin@2024 admin@2025 admin@2026 admin@2027 adminadmin
administrator administrator1 administrator1! america america1 america1! andrew andrew1 angel1! angel123 anthony
anthony1 apple123 apple123! april2024! arsenal arsenal1 asd123 asd123! asd123asd asdf1234 asdf1234! asdfasdf asdfgh
asdfghjk asdfghjkl asdfghjkl1! asdfghjkl123 asdqwe123 ashley ashley1 asshole1 autumn1! autumn123! autumn2019
autumn2019! autumn2020 autumn2020! autumn2021 autumn2021! autumn2022 autumn2022! autumn2023 autumn2023! autumn2024
autumn2024! autumn2025 autumn2025! autumn2026 autumn2026! autumn2027 autumn2027! azerty azerty123 azerty123!
azertyuiop baby123 babygirl babygirl1 babygirl1! banana banana1! barcelona barcelona1 baseball baseball1 baseball1!
basketball basketball1 basketball1! batman batman1 batman1! batman123 berlin123! bienvenido1! bienvenue bienvenue1!
bitchass1 biteme1 blessed1! buster buster1 butterfly butterfly1 camaro69 canada1! ch@ngeme1 change123! changeit
changeme changeme1 changeme1! changeme123 changeme123! charlie charlie1 charlie1! charlie123 cheese cheese1! chelsea
chelsea1 chocolate chocolate1 chocolate1! christ1! cisco123 cisco123! company1! company123! company2022 company2022!
company2023 company2023! company2024 company2024! company2025 company2025! company2026 company2026! company2027
company2027! company@2022 company@2023 company@2024 company@2025 company@2026 company@2027 computer computer1
computer1! computer123 contraseña cookie cookie123 corvette cowboy cowboys cowboys1 daniel daniel1 daniel1! daniel123
database1! december1! default1 default1! default123! demo123 demo1234 demo1234! diamond diamond1 diamond1! dragon
dragon1 dragon1! dragon12 dragon123 dragon123! eagles1! facebook facebook1 facebook1! facebook123 fall2019 fall2019!
fall2020 fall2020! fall2021 fall2021! fall2022 fall2022! fall2023 fall2023! fall2024 fall2024! fall2025 fall2025!
fall2026 fall2026! fall2027 fall2027! february1! ferrari ferrari1 flower flower1 flower123 football football1
football1! football12 football123 fortnite1! freedom freedom1 freedom1! friday1! friday123! fuckyou fuckyou1 fuckyou1!
fuckyou123 ginger ginger1 golden1! google google123 google123! guest123 guest1234! hannah hannah1! harley harley1
heaven1! hello123 hello123! hello1234 hello1234! hello12345 hello@123 hellohello helloworld helloworld1 helloworld1!
hockey hockey1! hunter hunter1 hunter12 hunter2 iloveu iloveu1 iloveyou iloveyou1 iloveyou1! iloveyou123 iloveyou123!
iloveyou2 internet internet1 internet1! internet123 iphone123! january1! january2022 january2022! january2023
january2023! january2024 january2024! january2025 january2025! january2026 january2026! january2027 january2027!
january@2022 january@2023 january@2024 january@2025 january@2026 january@2027 jennifer jennifer1 jennifer1! jessica
jessica1 jessica1! jesus1 jesus123 jesuschrist jordan jordan1 jordan123 jordan23 jordan23! joshua joshua1 juventus
juventus1 killer killer1 killer123 l3tmein! lakers lakers24 letmein letmein! letmein1 letmein1! letmein12 letmein123
letmein123! lightning1 liverpool liverpool1 liverpool1! login123 login123! login1234 london london1! london123!
love123 love1234 lovely lovely1 loveme loveyou maggie maggie1 manager1! march2024! master master1 master1! master12
master123 master123! matrix matthew matthew1 mercedes mercedes1 merlin1 michael michael1 michael1! michael123
microsoft1 microsoft1! minecraft minecraft1 minecraft1! monday1! monkey monkey1 monkey1! monkey12 monkey123 monkey123!
motdepasse motdepasse1! mustang mustang1 mypassword mypassword1 mypassword1! mypassword123! naruto naruto123
newpassword newpassword1 newpassword1! newpassword123! newyork newyork1 newyork1! nicole nicole1! november1! october1!
office123! oracle1! oracle123 orange orange1! p455w0rd p@55w0rd p@55word p@ssw0rd p@ssw0rd! p@ssw0rd1 p@ssw0rd1!
p@ssw0rd123 p@ssw0rd123! p@ssword p@ssword1 p@ssword1! p@ssword123 p@ssword123! pa$$w0rd pa$$w0rd1 pa$$w0rd1! pa$$word
pa55word paris123! parola123! passpass passphrase passw0rd passw0rd! passw0rd1 passw0rd1! passw0rd123! password
password! password#1 password#123 password$1 password$123 password-123 password.123 password1 password1! password12
password123 password123! password1234 password1234! password12345 password123456 password2022 password2022!
password2023 password2023! password2024 password2024! password2025 password2025! password2026 password2026!
password2027 password2027! password@1 password@12 password@123 password@1234 password@2022 password@2023 password@2024
password@2025 password@2026 password@2027 password_123 passwort passwort1 passwort1! passwort123! pepper pepper1
phoenix1 phoenix1! poiuytrewq pokemon pokemon1 pokemon1! pokemon123 porsche911 princess princess1 princess1!
princess123 purple purple1 purple1! q1w2e3 q1w2e3r4 q1w2e3r4! q1w2e3r4t5 qaz123 qazwsx qazwsx123 qazwsxedc qqqqqq
qwe!@#123 qwe123 qwe123!@# qwe123qwe qweasd qweasdzxc qweasdzxc1! qweqwe qwerty qwerty1 qwerty1! qwerty12 qwerty12!
qwerty123 qwerty123! qwerty1234 qwerty1234! qwerty2022 qwerty2022! qwerty2023 qwerty2023! qwerty2024 qwerty2024!
qwerty2025 qwerty2025! qwerty2026 qwerty2026! qwerty2027 qwerty2027! qwerty@123 qwerty@2022 qwerty@2023 qwerty@2024
qwerty@2025 qwerty@2026 qwerty@2027 qwertyui qwertyuiop qwertyuiop1! qwertyuiop123 qwertz qwertz123 qwertz123! ranger
robert robert1! root123 root1234 rootroot samsung samsung1 samsung1! samsung123 secret secret1 secret1! secret12
secret123 secret123! security1! security123! senha123 senha123! server123! shadow shadow1 shadow1! shadow123 silver1!
snoopy snoopy1 soccer soccer1 soccer1! soccer12 spiderman spiderman1 spiderman1! spring1! spring123! spring2019
spring2019! spring2020 spring2020! spring2021 spring2021! spring2022 spring2022! spring2023 spring2023! spring2024
spring2024! spring2025 spring2025! spring2026 spring2026! spring2027 spring2027! starwars starwars1 starwars1!
steelers steelers1 summer summer1 summer1! summer12 summer123 summer123! summer2019 summer2019! summer2020 summer2020!
summer2021 summer2021! summer2022 summer2022! summer2023 summer2023! summer2024 summer2024! summer2025 summer2025!
summer2026 summer2026! summer2027 summer2027! sunshine sunshine1 sunshine1! sunshine123 superman superman1 superman1!
support1! support123! sweetheart system123! temp123 temp123! temp1234 temp1234! temporary1! temporary123! test123
test123! test1234 test1234! test12345 test@123 test@1234 tester1! testing testing1 testing1! testing123 testing123!
testtest thepassword thomas thomas1 thomas1! thunder1 thunder1! tigger tigger1 toor1234 topsecret topsecret1! trustno1
trustno1! user123 user1234 user1234! user@123 w3lcome w3lcome1! wachtwoord wachtwoord1! welc0me welc0me1 welc0me1!
welcome welcome#1 welcome01 welcome01! welcome1 welcome1! welcome12 welcome12! welcome123 welcome123! welcome1234
welcome1234! welcome2 welcome2! welcome2022 welcome2022! welcome2023 welcome2023! welcome2024 welcome2024! welcome2025
welcome2025! welcome2026 welcome2026! welcome2027 welcome2027! welcome@1 welcome@123 welcome@2022 welcome@2023
welcome@2024 welcome@2025 welcome@2026 welcome@2027 whatever whatever1 whatever1! willkommen willkommen1! windows1
windows1! windows10! winter winter1 winter1! winter123 winter123! winter2019 winter2019! winter2020 winter2020!
winter2021 winter2021! winter2022 winter2022! winter2023 winter2023! winter2024 winter2024! winter2025 winter2025!
winter2026 winter2026! winter2027 winter2027! xxxxxx xxxxxxxx yankees yankees1! zaq1!qaz zaq12wsx zaq1@wsx zxcvbn
zxcvbnm zxcvbnm1! zxcvbnm123 zxcvbnm123! zzzzzz zzzzzzzz
`;
