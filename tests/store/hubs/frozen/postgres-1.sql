--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: errata; Type: SCHEMA; Schema: -; Owner: errata_lead
--

CREATE SCHEMA errata;


ALTER SCHEMA errata OWNER TO errata_lead;

--
-- Name: is_lead(); Type: FUNCTION; Schema: errata; Owner: errata_lead
--

CREATE FUNCTION errata.is_lead() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'errata', 'pg_temp'
    AS $$ SELECT coalesce((SELECT is_lead FROM person WHERE role = session_user), false) $$;


ALTER FUNCTION errata.is_lead() OWNER TO errata_lead;

--
-- Name: me(); Type: FUNCTION; Schema: errata; Owner: errata_lead
--

CREATE FUNCTION errata.me() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'errata', 'pg_temp'
    AS $$ SELECT name FROM person WHERE role = session_user $$;


ALTER FUNCTION errata.me() OWNER TO errata_lead;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: object; Type: TABLE; Schema: errata; Owner: errata_lead
--

CREATE TABLE errata.object (
    name text NOT NULL,
    data bytea NOT NULL,
    box text GENERATED ALWAYS AS (regexp_replace(name, '/[^/]*$'::text, ''::text)) STORED,
    size integer GENERATED ALWAYS AS (octet_length(data)) STORED,
    sha256 text GENERATED ALWAYS AS (encode(sha256(data), 'hex'::text)) STORED,
    CONSTRAINT object_data_check CHECK ((octet_length(data) <= 8388608)),
    CONSTRAINT object_name_check CHECK ((name ~ '^(team|(inbox|outbox)/[A-Za-z0-9][A-Za-z0-9._@+-]{0,63})/[0-9a-f]{64}[.](segment|part)$'::text))
);

ALTER TABLE ONLY errata.object FORCE ROW LEVEL SECURITY;


ALTER TABLE errata.object OWNER TO errata_lead;

--
-- Name: person; Type: TABLE; Schema: errata; Owner: errata_lead
--

CREATE TABLE errata.person (
    role name NOT NULL,
    name text NOT NULL,
    is_lead boolean NOT NULL
);


ALTER TABLE errata.person OWNER TO errata_lead;

--
-- Data for Name: object; Type: TABLE DATA; Schema: errata; Owner: errata_lead
--

INSERT INTO errata.object (name, data) VALUES ('inbox/ada/2da8c4b048e21c89f788f4b2c11e150fa1bd024fd2b987fb305fedc270c46c08.segment', '\x657272617461207365676d656e7420310a12def5001d88eed5bd4e1e7721cf6882288c9781e7323227ae1f21982f79b38d668b34ba20cd20369e5837bddb8866b16b9470807304a9e3862d4612be77b263da88d794fc0011c224b7a83c221e34c8b087cbd6f58269918834298b438d4f0b28b52ffd64c800e508006653391e6087db0883f95a7b6d5bb4a9aec8ea1645a182243797245b07598040819e370030002c008544a2497e2140b4503a26a3447ec5cf204b81370343e9046128dd92b628024cd3ce51388a7708a324e7381c4f10c4390a781ccee234029890eafb56c93adb317f98d4dbf69e6b76f9ebad6fe89aafbab49b22a364d9dc73c9e011de201ca4e37098a451dc39028a5f20ef7e714ecdf62533cc87df363365da475ee6983399d77398bb8fafbcd5ff991d11d2f79e981c5cdb01840380de77566ed3a9ab7e2e312aea85523115d96eee524c1db1276ef75aca5bfa85693d976a06a651ce0f047c142080c264da018236240625897f4d9f840d0400a40d9cbc345861218062c6705e622807f2e6841a40b4774b8cc391e1868120030c9bc4cd');
INSERT INTO errata.object (name, data) VALUES ('inbox/ada/61df56d046ee47ee0e961930260a921c99c2995ea6285f9a7fc07ead7e431055.part', '\x28b52ffd646706251e0016b9a5260091e801ff89ca58daec43d750b38b5a34f494b5f4c3767d1400ff64d85a364851555555b1029c0096009f0076d267590e27162565ce07599369d1c4fe7a5bf2edd3b6aea53eeaf2e1631c1613b3577f8524324991496a14ae39517322508328b1bfbeb7acc9308814b996a47ed0939ad428884101e52245b9f82828352846fda2a4c18883a248d2918b9ad4dc2b7012488b2a14c5265610815ed5986755a718c7c41ad6eb96352cf6bfb42ab72d877f9d35cc394e5b3e3bbac51a06b1336757964dec695b1ee308fe94bf179597d6fb447abd3ebeb84f6ee0b755325496ebd5b7a939f63cb66d3dca17fb9ebba26013b35049ddbeaeac614f6b4dc25ffd62eadcd57363d49eb82cafd7c3b6e559db56eda7d22fd6303ab11a9595c77e65918db19c45c5b576271c3976ec5407531d3a81f07cefcf2e37b1f9a88cd559d326d6d121e56546b326023dedd51b59c330aa7d6060655fc5fd59c31e96df7438062d36c5f841bb9088909058b05c34a9130049aa1380e6d842657c3e29c623247278caf7dcc12e0001ba6454e062bc938e24f14e20cdc03de7e30a298a21ae4177c22fdf52c9734a0c37f063a1d25a69b1951c412f19e310cd2666efbfb702d69c18021c2d76089eaad7bac0f00ed1f3467fa09389e0ed9b0cbbf25bb706f8025fa5e1ab14907b5c6b2de238ac713d96a957af7135994c83404e32314bfb12998c8b9e36b1b70e2d455e8ff686576abe84df0faee0f5e777caae4027f656e75873b2e6c2c06af4851269dbb6f35113a35849b192350c3a0991daf046af1745a3f220bdf502bb4aa0f255b0a3748828708860af60f301777470f5f375f598de7a351ff4c9d6e1592f8444fad69fd867f4538794d8f2f29796e7596fce47cfcb7a19fd3c1e93bdfe2bc82f2d913653146c8dfae4d6e6a5017d283002429021bc1e11603123a488468a539464670cec586820232c130c370146968065eca7172a4ae28288cb044da66297436f0098ecf0adc1b93418ad799774c7483485260e8e007e428e1cf432d8f00ce8694cd67a094397737a8b438cb0b71e75dee7e1ee2090a23902806e02840a16c858fd3d02955f57b415707629cb7488e589bd50af999b6b2b89b15becf19003bcab8137081f914e89dd46ead2627b0df59cfc64a68d162c7a03c83098cb3967fc26b60e2058ce497558f7cf102dbc8d3911c008d01d4590543ac452b2a5328e3029254817eb99c3915ec905d5de8378388ce07503d508a01eb7a18b53e57a6f59648756f5e67502c0180dea12e89569efe8ef53e1c90847c60dd6d8d43a1b6c6bf0a39357b4bb54fa868842f460a73658a4c0f38a48247c0954f27a5e');
INSERT INTO errata.object (name, data) VALUES ('inbox/ada/798a1f37053703d05804aeee29da55d22b11bcf4fcec7d1dc8c56c08c7173e28.segment', '\x657272617461207365676d656e7420310a12def5001d88eed5bd4e1e7721cf6882288c9781e7323227ae1f21982f79b38d8ac0031a9097a7756134363c6f20eca82992234ba88e0287abb165ee2dbb5cc0f991bdfb3be37284deb2da393f10dba5c6bceda53b74bdabe336f684f859b30028b52ffd640801b50a0016d745215049ac031463b0452a62d886c5802c21c3d89999a4b6a415ad70f4c06c662652303c003d003a006d17eb968bbca5c9b5c47e2c10f583b0aaa925773db5f6357b5d992741b240c251269370149efc38870af18b745a6747fd025e4ee6e045da023eba42cfd844490cd5d8190a51d87071a9c5ab0e2f99a70558a81372629d8d28681ac09adb841be20eb6bc8ea4bd43b5767db8a52cd231b70f89cb932b991d014dd30987af89ae0af00d351c3d119c1ee1c427955e07e06b6c0305a24feab1c712d55e4b9004696e17be114c3d7c47266af9f4b8f4f198d21cdb000b0a9e220c1d3135f2a100729e4335d076e4849efe1c3e328f023d4f4d034df8862c3e50839c4c30004f5b367d1a61a169c30bbce46e0cceeca645172010461dec010731770875c8039fe424142bac7803a49555aa71aa943da6e9c40fe0f155965f13ce5e126e45fb1181b190d347f37807b943b796271f1cb830');
INSERT INTO errata.object (name, data) VALUES ('inbox/ada/a8ecf2d6f851dee421634ad1d8fc581747dfb273e7e60386932a143756a91764.segment', '\x657272617461207365676d656e7420310a12def5001d88eed5bd4e1e7721cf6882288c9781e7323227ae1f21982f79b38d7ce983baa6c615953380af8adfa5eda1206f4937326dce969ecab0035eeeeb343d61875b2c6a53a527a08190a6ac2f739dc76e5fbdb1483b0af707db566e4a0a28b52ffd64a6004508004611361f6087f2809b1862b5d63f0dbb5ed672cd2d8a2e5555f953d25ba839241b03182e002a002e00abb62137db66f6887d55a8017483633aa938a673e974262ac38f41cef24fa9531e8338502a04c7206c10a7711e01fb147abbfac18f690f2e2ed65cc3887aa1638f9bf8995f3b14195bb1b1c7fd0cad438f396c43e3690107bfff0bfd2bb450a508599d0083384ba52ee7a248144e6bb2184032e82f5c3ef5c4f2282454c998afca5f0cfc92b08584033aebfb6390d4182328cb3188c04969f9807e41ffb52f2e6f31b156fea9b57ead3deee6ab7a0f8d550b11201066a57b261720c04a5bb3c8dd8c8d06c4e6d0d2c4750c679a8458c77e59381672fa681eefa03b86eb7c02a1361733');
INSERT INTO errata.object (name, data) VALUES ('inbox/ada/b0be59db868173b36bf9239b183c8751a9a5ff3c37a371c89dc01cd9991d6959.segment', '\x657272617461207365676d656e7420310a12def5001d88eed5bd4e1e7721cf6882288c9781e7323227ae1f21982f79b38dd41974d8622c8b51ec4135340e9c554c416786b4f4696e0699987ea8507b053ab57b2cafa0721c1434f85f7a62f93272d1545ab8124abd5024e53ef3e952f50628b52ffd644000cd0600a20e2c1e6067ebd0a111d4aa3d476dda12a9164515d88b3ca525690a2180809180018403d64df5dfa454a3af6e86e83c4a7fa0c4c512a2c9904eba14e93aaf271f0823b5e855a93e843346e29f50be7f59100e5e43b87eed0902fe00c0f968719b4f1fa9b91d7dfb9b29eb85b8323d25e548febfd2c3e9383a8bd259c45031b286c42f05788e938ec927915ff99fb218b83228dc6a8ac22dd5d4e2041e4219a3600edfca73cd1889f1a60c18a38046621266110e000f1b1a0ca9a708100d9c683586169a842138565d16542ca44edf6c1e7307cd1dc3753e0183b11b32');
INSERT INTO errata.object (name, data) VALUES ('outbox/ada/44a4e37a389682d78d7434b45c9f2495fb1236e53e031fccbd1caa57ed427488.segment', '\x657272617461207365676d656e7420310a3cfca2920815ab5655e25d1ae6f6e2c8bcffa7f431fd9cb2b924bef55031b761ca79f1628bb0a22115ea6f6d155ac12ae61a9ec69f7856d681217be762b654704fce74f95d58890d0c3b1119ac07e075c14f7fb40daa447227a110e1030e320b28b52ffd64c807cd140026af842c9029e90ff3df41fd4ab5399ba2f53f219bd0ee4d5a4b5a93494aa9efac7ee84e322529a54cfe7f269de9ce137c00770074009c346d9e2c539c24659e703b795c13157407441400837428d82c0ca635cb27187e1180f1bb951a9fa65c62afa1a52ad9e6517a9436f3e14dad5c2e779419db4dced1af227667930b68bc0241e3c5dadb0aedd9d4f29b83228100050c6b188c0286b97305d3d0301c0f0417cdf28dc74341b71c0ee081e8a160031704a92d94bb9e4205571d6f582cb8c51309a621528080828b77bf503c02069a2c50f019086f20528081613934ae404411542a15a567e7cfd91e7b3fb5cefaabeed3ba9b9ef6dc93a875fbf39fd3ffa674ab9ed325a060d3de00632c10c9835693d5da56ad965515fcc4a14105bf1d1aef10c1d4ebdde893359af6a0b74b25fc6825cf1b272d155c2416be71689a373030184543b3b0fc2f104120180be3160622a8ae3e2556e7d85bf3fc4e49573a55efecb9b7bfcaf4acb319e3b492b5731a297f5a2b2d840ab68382311488e0e9f4cfdfbb6ddb5debebac4edb7e597aeb653a4c3fb5cddd459d8ad2f15b1469692fb5d4638d65c2ce7be2a93869bf40f853d0f923169807112054883061c0f108841f0a0913dee1a001857534cc722c0e4766360abef93eefd97acc947cd072f5a38c56bba692e4b4134e8f9375ce426e979bb9674ab9d3ea5a76d24ad768bf97a174ec70bf7ad59c4b91aa6ec8b1ae3c2b3793cae70130205022414a6c3d1ad840f49680c227052ffe80741c2898014962a7a6ea2598e8dac54e42f42f3652dcd6d9126a5a4a36a0fee9b992c0e70250984c84342a4591b9f9e675edeb740553a1a4616ea0a02b56f63210048273b2153bb43efd3d63cb49d85885d96b9e8e9c015c5e95a6b89988b4e28510a16ca5161a93266483c686ce0a4f5d5caa4f');
INSERT INTO errata.object (name, data) VALUES ('outbox/ada/a462d7316e3ad466bb712d80d59467277915215206b05183cfb4d5c27c48de7b.segment', '\x657272617461207365676d656e7420310a3cfca2920815ab5655e25d1ae6f6e2c8bcffa7f431fd9cb2b924bef55031b761525ff6c57273ec6ecb4cf4419776a7eccef4217738fe8e6ed8bad137f6c094473e41227bf7d9b79bdf5205743720659d7b8d6107ad16dff0a7a870976fb1320d28b52ffd24d71d0500424a211c7017e801e87869172a0536672599d0ff4f8c20cdbb3de5485417c40bc260678c8f2c5aac912298e177915aa7f6f6205205640e426fc3d32fb8dea1c7e99917b7636410a925e7d055c12bdb08032aebf43d438c55fe12e0cc60a8adc66aa55538f13459080098d9b44e66b67b6e9908ad6ecfb002ef099d72cfb14f26ca9e019d6307b6090a0001d058843074442a430c41c54aea6a9c6962daa0696368cd27ecb9cf4c');
INSERT INTO errata.object (name, data) VALUES ('team/de2bf9021be42612328d7457e159db83301cad142f4c3adf23ba1b9507a8cfee.segment', '\x657272617461207365676d656e7420310a12def5001d88eed5bd4e1e7721cf6882288c9781e7323227ae1f21982f79b38d72565c178f0195ae94556603721c556666e62037ccd1bf7bc00fd6ca606963dbcab28814a73d06816739a725b19d1bfb07d02834b56c0e4969743d0352cdc70828b52ffd24e00d0500e209201e60a5aa0380714c1121eaa6deeb63ba138661009968d8285e1432242b8113c3a4d11b7d5d2c0983dcc932dc37c65c70c1becd12d7cddc8d40b7ccd8f7c65b8ef777bf5deb807fbcd11b69986684a45345380e14ff0c76218bdf722fdebed19fcc0320689f017269b13d3230a1a68a50c21d336554a5e88b4ca38a58a56841a50b00c1d258846070e1c30d4b5fb021285b43b596b924e60e9a3b86eb7c02015843e4');


--
-- Data for Name: person; Type: TABLE DATA; Schema: errata; Owner: errata_lead
--

INSERT INTO errata.person (role, name, is_lead) VALUES ('errata_lead', '', true);
INSERT INTO errata.person (role, name, is_lead) VALUES ('errata_ada', 'ada', false);


--
-- Name: object object_pkey; Type: CONSTRAINT; Schema: errata; Owner: errata_lead
--

ALTER TABLE ONLY errata.object
    ADD CONSTRAINT object_pkey PRIMARY KEY (name);


--
-- Name: person person_name_key; Type: CONSTRAINT; Schema: errata; Owner: errata_lead
--

ALTER TABLE ONLY errata.person
    ADD CONSTRAINT person_name_key UNIQUE (name);


--
-- Name: person person_pkey; Type: CONSTRAINT; Schema: errata; Owner: errata_lead
--

ALTER TABLE ONLY errata.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (role);


--
-- Name: object_box; Type: INDEX; Schema: errata; Owner: errata_lead
--

CREATE INDEX object_box ON errata.object USING btree (box);


--
-- Name: object; Type: ROW SECURITY; Schema: errata; Owner: errata_lead
--

ALTER TABLE errata.object ENABLE ROW LEVEL SECURITY;

--
-- Name: object puts; Type: POLICY; Schema: errata; Owner: errata_lead
--

CREATE POLICY puts ON errata.object FOR INSERT WITH CHECK (((( SELECT errata.is_lead() AS is_lead) OR ((box = ('outbox/'::text || ( SELECT errata.me() AS me))) AND (name ~~ '%.segment'::text))) AND ((name ~~ '%.part'::text) OR (name = (((box || '/'::text) || encode(sha256(data), 'hex'::text)) || '.segment'::text)))));


--
-- Name: object puts_again; Type: POLICY; Schema: errata; Owner: errata_lead
--

CREATE POLICY puts_again ON errata.object FOR UPDATE USING ((( SELECT errata.is_lead() AS is_lead) OR (box = ('outbox/'::text || ( SELECT errata.me() AS me))))) WITH CHECK (((( SELECT errata.is_lead() AS is_lead) OR ((box = ('outbox/'::text || ( SELECT errata.me() AS me))) AND (name ~~ '%.segment'::text))) AND ((name ~~ '%.part'::text) OR (name = (((box || '/'::text) || encode(sha256(data), 'hex'::text)) || '.segment'::text)))));


--
-- Name: object reads; Type: POLICY; Schema: errata; Owner: errata_lead
--

CREATE POLICY reads ON errata.object FOR SELECT USING ((( SELECT errata.is_lead() AS is_lead) OR (box = 'team'::text) OR (box = ('inbox/'::text || ( SELECT errata.me() AS me))) OR (box = ('outbox/'::text || ( SELECT errata.me() AS me)))));


--
-- Name: SCHEMA errata; Type: ACL; Schema: -; Owner: errata_lead
--

GRANT USAGE ON SCHEMA errata TO errata_ada;


--
-- Name: TABLE object; Type: ACL; Schema: errata; Owner: errata_lead
--

GRANT SELECT ON TABLE errata.object TO errata_ada;


--
-- Name: COLUMN object.name; Type: ACL; Schema: errata; Owner: errata_lead
--

GRANT INSERT(name) ON TABLE errata.object TO errata_ada;


--
-- Name: COLUMN object.data; Type: ACL; Schema: errata; Owner: errata_lead
--

GRANT INSERT(data),UPDATE(data) ON TABLE errata.object TO errata_ada;


--
-- PostgreSQL database dump complete
--


