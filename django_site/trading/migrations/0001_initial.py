import django.db.models.deletion
import django_site.trading.models.columns
from django.conf import settings
from django.db import migrations, models

from django_site.trading.migrations._adoption import AdoptOrCreateModel


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Universe',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=64, unique=True)),
                ('description', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'universe',
            },
        ),
        AdoptOrCreateModel(
            name='BarSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', django_site.trading.models.columns.SymbolField()),
                ('interval', models.CharField(choices=[('1m', '1m'), ('5m', '5m'), ('1h', '1h'), ('1d', '1d')], default='1d', max_length=4)),
                ('revision', models.BigIntegerField(default=0, help_text='Goes up when a bar that was already there changes.')),
                ('first_time', django_site.trading.models.columns.EpochField(blank=True, null=True)),
                ('last_time', django_site.trading.models.columns.EpochField(blank=True, null=True)),
                ('n_bars', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'bar series',
                'db_table': 'bar_series',
                'constraints': [models.UniqueConstraint(fields=('symbol', 'interval'), name='bar_series_symbol_interval')],
            },
        ),
        migrations.CreateModel(
            name='Instrument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', django_site.trading.models.columns.SymbolField(help_text='Ticker in capitals, for example KO.', unique=True)),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('sector', models.CharField(blank=True, db_index=True, default='', max_length=100)),
                ('exchange', models.CharField(blank=True, default='XNYS', help_text='Market identifier code.', max_length=32)),
                ('currency', models.CharField(default='USD', help_text='ISO 4217 code.', max_length=3)),
                ('listed_on', models.DateField(blank=True, help_text='First day of trading, if known.', null=True)),
                ('delisted_on', models.DateField(blank=True, help_text='Last day of trading, if it is over.', null=True)),
                ('is_index', models.BooleanField(default=False, help_text='An index cannot be a leg of a pair.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'instrument',
                'constraints': [models.CheckConstraint(condition=models.Q(('symbol__is_symbol', True)), name='instrument_symbol_is_symbol'), models.CheckConstraint(condition=models.Q(('listed_on', None), ('delisted_on', None), ('delisted_on__gte', models.F('listed_on')), _connector='OR'), name='instrument_listed_before_delisted')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.CharField(help_text='SHA-256 of job, parameters, data fingerprint and code version.', max_length=64, unique=True)),
                ('job', models.CharField(choices=[('scan', 'scan'), ('pair_test', 'pair test'), ('stability', 'stability'), ('backtest', 'backtest'), ('optimize', 'optimize'), ('walk_forward', 'walk forward'), ('regime', 'regime'), ('regime_parameters', 'regime parameters'), ('signals', 'signals'), ('report', 'report'), ('audit', 'audit')], db_index=True, max_length=32)),
                ('title', models.CharField(blank=True, default='', help_text='One line for people.', max_length=200)),
                ('request', django_site.trading.models.columns.StrictJSONField(blank=True, default=dict, help_text='What was asked, as it was asked.')),
                ('parameters', django_site.trading.models.columns.StrictJSONField(blank=True, default=dict, help_text='Every parameter that the result depends on.')),
                ('data_fingerprint', models.CharField(blank=True, db_index=True, default='', max_length=64)),
                ('snapshot', models.CharField(blank=True, default='', help_text='The pinned snapshot of the data.', max_length=255)),
                ('code_version', models.CharField(blank=True, default='', help_text='Git commit or package version.', max_length=64)),
                ('code_dirty', models.BooleanField(default=False, help_text='The working tree had changes.')),
                ('package_versions', django_site.trading.models.columns.StrictJSONField(blank=True, default=dict)),
                ('seed', models.BigIntegerField(blank=True, null=True)),
                ('status', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled')], db_index=True, default='queued', max_length=16)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('progress_done', models.BigIntegerField(default=0, help_text='Units of work that are finished.')),
                ('progress_total', models.BigIntegerField(default=0, help_text='Units of work in all; 0 while unknown.')),
                ('heartbeat_at', models.DateTimeField(blank=True, help_text='Last sign of life of the worker.', null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True, default='')),
                ('summary', django_site.trading.models.columns.StrictJSONField(blank=True, default=dict, help_text='The headline numbers.')),
                ('certificate', django_site.trading.models.columns.StrictJSONField(blank=True, help_text='The proof of absence of look-ahead.', null=True)),
                ('source', models.CharField(choices=[('notebook', 'notebook'), ('cli', 'cli'), ('api', 'api'), ('worker', 'worker'), ('script', 'script')], default='script', max_length=16)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'run',
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(db_index=True, help_text='The template.', max_length=64)),
                ('title', models.CharField(blank=True, default='', max_length=200)),
                ('parameters', django_site.trading.models.columns.StrictJSONField(blank=True, default=dict)),
                ('identity', models.CharField(max_length=64, unique=True)),
                ('path', models.CharField(blank=True, default='', help_text='Relative to the folder of reports.', max_length=255)),
                ('thumbnail', models.CharField(blank=True, default='', help_text='Relative to the folder of reports.', max_length=255)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('inputs', django_site.trading.models.columns.StrictJSONField(blank=True, default=list, help_text='Ids of the runs whose results it shows.')),
                ('status', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled')], db_index=True, default='done', max_length=16)),
                ('seconds', models.FloatField(blank=True, help_text='Time that rendering took.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to='trading.run')),
            ],
            options={
                'db_table': 'report',
            },
        ),
        migrations.CreateModel(
            name='RegimeModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('symbol', django_site.trading.models.columns.SymbolField()),
                ('model', models.CharField(choices=[('jump', 'jump'), ('volatility_rule', 'volatility rule')], max_length=32)),
                ('n_regimes', models.PositiveIntegerField()),
                ('parameters', django_site.trading.models.columns.StrictJSONField(default=dict)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('shifts_per_year', models.FloatField(blank=True, null=True)),
                ('current_regime', models.CharField(blank=True, default='', help_text='Label of the last session.', max_length=16)),
                ('is_current', models.BooleanField(default=False, help_text='Signals read this one.')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='regime_model', to='trading.run')),
            ],
            options={
                'db_table': 'regime_model',
            },
        ),
        migrations.CreateModel(
            name='ParameterSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('backtest', 'backtest'), ('scan', 'scan'), ('regime', 'regime'), ('walk_forward', 'walk forward')], max_length=16)),
                ('values', django_site.trading.models.columns.StrictJSONField(default=dict)),
                ('fingerprint', models.CharField(db_index=True, help_text='SHA-256 of kind and values.', max_length=64)),
                ('regime', models.CharField(blank=True, choices=[('calm', 'calm'), ('neutral', 'neutral'), ('stress', 'stress')], max_length=16, null=True)),
                ('y', django_site.trading.models.columns.SymbolField(blank=True, null=True)),
                ('x', django_site.trading.models.columns.SymbolField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='parameter_sets', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(blank=True, help_text='The run that selected it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='parameter_sets', to='trading.run')),
            ],
            options={
                'db_table': 'parameter_set',
            },
        ),
        migrations.CreateModel(
            name='PairTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('y', django_site.trading.models.columns.SymbolField()),
                ('x', django_site.trading.models.columns.SymbolField()),
                ('statistic', models.FloatField(blank=True, null=True)),
                ('p_value', models.FloatField(blank=True, help_text='Null hypothesis: no cointegration.', null=True)),
                ('p_value_two_directions', models.FloatField(blank=True, help_text='Twice the smaller p-value of the two directions, at most 1.', null=True)),
                ('q_value', models.FloatField(blank=True, help_text='Adjusted for every test of the run.', null=True)),
                ('lags', models.PositiveIntegerField(blank=True, null=True)),
                ('hedge_ratio', models.FloatField(blank=True, null=True)),
                ('intercept', models.FloatField(blank=True, null=True)),
                ('half_life', models.FloatField(blank=True, help_text='Bars.', null=True)),
                ('n_obs', models.PositiveIntegerField(default=0)),
                ('status', models.CharField(choices=[('ok', 'ok'), ('collinear', 'collinear'), ('constant', 'constant'), ('short', 'short'), ('nonfinite', 'nonfinite')], default='ok', max_length=16)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pair_tests', to='trading.run')),
            ],
            options={
                'db_table': 'pair_test',
            },
        ),
        migrations.CreateModel(
            name='PairStability',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('y', django_site.trading.models.columns.SymbolField()),
                ('x', django_site.trading.models.columns.SymbolField()),
                ('window_end', models.DateTimeField(help_text='Last session of the window.')),
                ('statistic', models.FloatField(blank=True, null=True)),
                ('p_value', models.FloatField(blank=True, null=True)),
                ('hedge_ratio', models.FloatField(blank=True, null=True)),
                ('half_life', models.FloatField(blank=True, help_text='Bars.', null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pair_stabilities', to='trading.run')),
            ],
            options={
                'verbose_name_plural': 'pair stabilities',
                'db_table': 'pair_stability',
            },
        ),
        migrations.CreateModel(
            name='IngestFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(help_text='csv, parquet, yahoo or sample.', max_length=32)),
                ('name', models.CharField(help_text='File name or request, without folders.', max_length=255)),
                ('sha256', models.CharField(db_index=True, help_text='Hash of the content that was read.', max_length=64)),
                ('interval', models.CharField(choices=[('1m', '1m'), ('5m', '5m'), ('1h', '1h'), ('1d', '1d')], default='1d', max_length=4)),
                ('rows_read', models.BigIntegerField(default=0)),
                ('rows_kept', models.BigIntegerField(default=0)),
                ('rows_rejected', models.BigIntegerField(default=0)),
                ('n_inserted', models.BigIntegerField(default=0, help_text='Bars that were new.')),
                ('n_changed', models.BigIntegerField(default=0, help_text='Bars whose values differed from the stored ones.')),
                ('status', models.CharField(choices=[('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('interrupted', 'interrupted')], default='running', max_length=16)),
                ('rejected', django_site.trading.models.columns.StrictJSONField(blank=True, default=list, help_text='The first rejected rows: line, reason, content.')),
                ('error', models.TextField(blank=True, default='')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='ingest_files', to='trading.run')),
            ],
            options={
                'db_table': 'ingest_file',
            },
        ),
        migrations.CreateModel(
            name='Backtest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('y', django_site.trading.models.columns.SymbolField()),
                ('x', django_site.trading.models.columns.SymbolField()),
                ('parameters', django_site.trading.models.columns.StrictJSONField(default=dict)),
                ('start', models.DateTimeField(help_text='First session.')),
                ('end', models.DateTimeField(help_text='Last session.')),
                ('n_obs', models.PositiveIntegerField()),
                ('execution', models.CharField(help_text='When a decision is filled.', max_length=100)),
                ('engine', models.CharField(help_text='Name and version of what simulated it.', max_length=64)),
                ('total_return', models.FloatField(blank=True, null=True)),
                ('annualized_return', models.FloatField(blank=True, null=True)),
                ('annualized_volatility', models.FloatField(blank=True, null=True)),
                ('sharpe_ratio', models.FloatField(blank=True, null=True)),
                ('sortino_ratio', models.FloatField(blank=True, null=True)),
                ('calmar_ratio', models.FloatField(blank=True, null=True)),
                ('max_drawdown', models.FloatField(blank=True, help_text='Negative fraction of the peak.', null=True)),
                ('probabilistic_sharpe_ratio', models.FloatField(blank=True, help_text='Probability that the true Sharpe ratio is above zero.', null=True)),
                ('win_rate', models.FloatField(blank=True, null=True)),
                ('turnover', models.FloatField(blank=True, null=True)),
                ('total_cost', models.FloatField(blank=True, null=True)),
                ('n_trades', models.PositiveIntegerField(blank=True, null=True)),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='backtest', to='trading.run')),
            ],
            options={
                'db_table': 'backtest',
            },
        ),
        migrations.CreateModel(
            name='RunArtifact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('n_bytes', models.PositiveBigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='artifacts', to='trading.run')),
            ],
            options={
                'db_table': 'run_artifact',
            },
        ),
        migrations.CreateModel(
            name='TradingPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hedge_method', models.CharField(choices=[('rolling_ols', 'rolling ols'), ('fixed', 'fixed')], default='rolling_ols', max_length=32)),
                ('status', models.CharField(choices=[('candidate', 'candidate'), ('active', 'active'), ('retired', 'retired')], db_index=True, default='candidate', max_length=16)),
                ('note', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pairs', to=settings.AUTH_USER_MODEL)),
                ('parameters', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pairs', to='trading.parameterset')),
                ('run', models.ForeignKey(blank=True, help_text='The run that found it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pairs', to='trading.run')),
                ('x', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairs_as_x', to='trading.instrument')),
                ('y', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairs_as_y', to='trading.instrument')),
            ],
            options={
                'db_table': 'trading_pair',
            },
        ),
        migrations.CreateModel(
            name='Signal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session', models.DateTimeField(db_index=True, help_text='The session whose close it was decided on.')),
                ('parameters_fingerprint', models.CharField(max_length=64)),
                ('as_of', models.DateTimeField(help_text='Nothing later was known.')),
                ('action', models.CharField(choices=[('enter_long', 'enter long'), ('enter_short', 'enter short'), ('hold', 'hold'), ('exit', 'exit'), ('stay_out', 'stay out')], max_length=16)),
                ('position', models.SmallIntegerField(choices=[(-1, 'short the spread'), (0, 'flat'), (1, 'long the spread')])),
                ('previous_position', models.SmallIntegerField(choices=[(-1, 'short the spread'), (0, 'flat'), (1, 'long the spread')], default=0)),
                ('zscore', models.FloatField(blank=True, null=True)),
                ('spread', models.FloatField(blank=True, null=True)),
                ('hedge_ratio', models.FloatField(blank=True, null=True)),
                ('intercept', models.FloatField(blank=True, null=True)),
                ('weight_y', models.FloatField(blank=True, help_text='Fraction of capital in y, signed.', null=True)),
                ('weight_x', models.FloatField(blank=True, help_text='Fraction of capital in x, signed.', null=True)),
                ('strength', models.FloatField(blank=True, null=True)),
                ('regime', models.CharField(blank=True, default='', max_length=16)),
                ('size_multiplier', models.FloatField(default=1.0)),
                ('reason', models.TextField(blank=True, default='')),
                ('status', models.CharField(choices=[('active', 'active'), ('superseded', 'superseded'), ('closed', 'closed')], db_index=True, default='active', max_length=16)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='signals', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='trading.run')),
                ('pair', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='trading.tradingpair')),
            ],
            options={
                'db_table': 'signal',
            },
        ),
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hypothesis', models.CharField(db_index=True, help_text='What was tried, for example KO/PEP.', max_length=100)),
                ('n_combinations', models.PositiveIntegerField()),
                ('best_sharpe', models.FloatField(blank=True, help_text='Annualized Sharpe ratio of the best one.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trials', to='trading.run')),
            ],
            options={
                'db_table': 'trial',
            },
        ),
        migrations.CreateModel(
            name='UniverseMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start_on', models.DateField()),
                ('end_on', models.DateField(blank=True, help_text='Last day of membership; empty while it lasts.', null=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='trading.instrument')),
                ('universe', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='trading.universe')),
            ],
            options={
                'db_table': 'universe_membership',
            },
        ),
        migrations.CreateModel(
            name='WalkForward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('selection_inside', models.BooleanField(help_text='Pairs were selected inside each training window.')),
                ('n_folds', models.PositiveIntegerField()),
                ('n_trials', models.PositiveIntegerField(help_text='Combinations that were tried, counted in the trial ledger.')),
                ('in_sample_sharpe', models.FloatField(blank=True, null=True)),
                ('out_of_sample_sharpe', models.FloatField(blank=True, null=True)),
                ('walk_forward_efficiency', models.FloatField(blank=True, help_text='Out-of-sample over in-sample annualized return.', null=True)),
                ('deflated_sharpe_ratio', models.FloatField(blank=True, null=True)),
                ('reality_check_p_value', models.FloatField(blank=True, null=True)),
                ('pbo', models.FloatField(blank=True, help_text='Probability of backtest overfitting.', null=True)),
                ('verdict', models.CharField(blank=True, default='', max_length=500)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='walk_forward', to='trading.run')),
            ],
            options={
                'db_table': 'walk_forward',
            },
        ),
        migrations.CreateModel(
            name='WalkForwardFold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('train_start', models.DateTimeField()),
                ('train_end', models.DateTimeField()),
                ('test_start', models.DateTimeField()),
                ('test_end', models.DateTimeField()),
                ('n_survivors', models.PositiveIntegerField(default=0, help_text='Pairs that passed the training window.')),
                ('train_sharpe', models.FloatField(blank=True, null=True)),
                ('test_sharpe', models.FloatField(blank=True, null=True)),
                ('test_return', models.FloatField(blank=True, null=True)),
                ('choices', django_site.trading.models.columns.StrictJSONField(blank=True, default=list, help_text='What was chosen on the training window.')),
                ('walk_forward', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='folds', to='trading.walkforward')),
            ],
            options={
                'db_table': 'walk_forward_fold',
            },
        ),
        migrations.CreateModel(
            name='BacktestTrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('side', models.SmallIntegerField(choices=[(1, 'long the spread'), (-1, 'short the spread')])),
                ('decided', models.DateTimeField()),
                ('entry', models.DateTimeField()),
                ('exit', models.DateTimeField()),
                ('bars', models.PositiveIntegerField()),
                ('reason', models.CharField(choices=[('reversion', 'reversion'), ('stop', 'stop'), ('time', 'time'), ('end_of_data', 'end of data')], max_length=16)),
                ('hedge_ratio', models.FloatField(blank=True, null=True)),
                ('shares_y', models.FloatField(blank=True, null=True)),
                ('shares_x', models.FloatField(blank=True, null=True)),
                ('gross_pnl', models.FloatField(blank=True, null=True)),
                ('commission', models.FloatField(blank=True, null=True)),
                ('slippage', models.FloatField(blank=True, null=True)),
                ('borrow', models.FloatField(blank=True, null=True)),
                ('pnl', models.FloatField(blank=True, help_text='After all costs.', null=True)),
                ('return_on_gross', models.FloatField(blank=True, help_text='pnl over the gross exposure at entry.', null=True)),
                ('backtest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trades', to='trading.backtest')),
            ],
            options={
                'db_table': 'backtest_trade',
                'constraints': [models.UniqueConstraint(fields=('backtest', 'number'), name='backtest_trade_number'), models.CheckConstraint(condition=models.Q(('side__in', [-1, 1])), name='backtest_trade_side'), models.CheckConstraint(condition=models.Q(('decided__lte', models.F('entry'))), name='backtest_trade_decided_before_entry'), models.CheckConstraint(condition=models.Q(('entry__lte', models.F('exit'))), name='backtest_trade_entry_before_exit'), models.CheckConstraint(condition=models.Q(('reason__in', ['reversion', 'stop', 'time', 'end_of_data'])), name='backtest_trade_reason')],
            },
        ),
        migrations.CreateModel(
            name='CorporateAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ex_date', models.DateField(help_text='First session that trades without it.')),
                ('kind', models.CharField(choices=[('split', 'split'), ('dividend', 'dividend')], max_length=16)),
                ('value', models.FloatField(help_text='New shares per old share, or cash per share.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corporate_actions', to='trading.instrument')),
            ],
            options={
                'db_table': 'corporate_action',
                'constraints': [models.UniqueConstraint(fields=('instrument', 'ex_date', 'kind'), name='corporate_action_once_a_day'), models.CheckConstraint(condition=models.Q(('value__gt', 0), ('value__lt', 1000000000000000.0)), name='corporate_action_value'), models.CheckConstraint(condition=models.Q(('kind__in', ['split', 'dividend'])), name='corporate_action_kind')],
            },
        ),
        AdoptOrCreateModel(
            name='PriceBar',
            fields=[
                ('pk', models.CompositePrimaryKey('series_id', 'time', blank=True, editable=False, primary_key=True, serialize=False)),
                ('time', django_site.trading.models.columns.EpochField(help_text='Start of the bar in UTC; midnight for a session.')),
                ('open', models.FloatField(blank=True, null=True)),
                ('high', models.FloatField(blank=True, null=True)),
                ('low', models.FloatField(blank=True, null=True)),
                ('close', models.FloatField()),
                ('volume', models.FloatField(blank=True, null=True)),
                ('series', models.ForeignKey(db_column='series_id', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='bars', to='trading.barseries')),
            ],
            options={
                'db_table': 'price_bar',
                'constraints': [models.CheckConstraint(condition=models.Q(('open__gt', 0), ('open__lt', 1000000000000000.0)), name='price_bar_open'), models.CheckConstraint(condition=models.Q(('high__gt', 0), ('high__lt', 1000000000000000.0)), name='price_bar_high'), models.CheckConstraint(condition=models.Q(('low__gt', 0), ('low__lt', 1000000000000000.0)), name='price_bar_low'), models.CheckConstraint(condition=models.Q(('close__gt', 0), ('close__lt', 1000000000000000.0)), name='price_bar_close'), models.CheckConstraint(condition=models.Q(('volume__gte', 0), ('volume__lt', 1e+300)), name='price_bar_volume'), models.CheckConstraint(condition=models.Q(('high__gte', models.F('low'))), name='price_bar_high_low'), models.CheckConstraint(condition=models.Q(('high__gte', models.F('close'))), name='price_bar_high_close'), models.CheckConstraint(condition=models.Q(('low__lte', models.F('close'))), name='price_bar_low_close')],
            },
        ),
        migrations.CreateModel(
            name='MarketRegime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('regime', models.CharField(max_length=16)),
                ('bars', models.PositiveIntegerField()),
                ('total_return', models.FloatField(blank=True, null=True)),
                ('volatility', models.FloatField(blank=True, help_text='Annualized.', null=True)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='regimes', to='trading.regimemodel')),
            ],
            options={
                'db_table': 'market_regime',
                'constraints': [models.UniqueConstraint(fields=('model', 'number'), name='market_regime_number'), models.CheckConstraint(condition=models.Q(('start__lte', models.F('end'))), name='market_regime_starts_before_it_ends'), models.CheckConstraint(condition=models.Q(('volatility__gte', 0)), name='market_regime_volatility')],
            },
        ),
        migrations.CreateModel(
            name='RegimeShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session', models.DateTimeField()),
                ('from_regime', models.CharField(max_length=16)),
                ('to_regime', models.CharField(max_length=16)),
                ('probability', models.FloatField(blank=True, null=True)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='trading.regimemodel')),
            ],
            options={
                'db_table': 'regime_shift',
                'constraints': [models.UniqueConstraint(fields=('model', 'session'), name='regime_shift_session'), models.CheckConstraint(condition=models.Q(('from_regime', models.F('to_regime')), _negated=True), name='regime_shift_changes'), models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 1)), name='regime_shift_probability')],
            },
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['status', 'heartbeat_at'], name='run_status_heartbeat'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='run_status'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['notebook', 'cli', 'api', 'worker', 'script'])), name='run_source'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('identity', ''), _negated=True), name='run_identity_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('progress_done__gte', 0), ('progress_total__gte', 0)), name='run_progress'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('started_at', None), ('finished_at', None), ('finished_at__gte', models.F('started_at')), _connector='OR'), name='run_starts_before_it_finishes'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='report_status'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('seconds__gte', 0)), name='report_seconds'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('identity', ''), _negated=True), name='report_identity_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='regimemodel',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('symbol', 'model'), name='regime_model_one_is_current'),
        ),
        migrations.AddConstraint(
            model_name='regimemodel',
            constraint=models.CheckConstraint(condition=models.Q(('n_regimes__gte', 2)), name='regime_model_n_regimes'),
        ),
        migrations.AddConstraint(
            model_name='regimemodel',
            constraint=models.CheckConstraint(condition=models.Q(('start__lte', models.F('end'))), name='regime_model_starts_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='regimemodel',
            constraint=models.CheckConstraint(condition=models.Q(('model__in', ['jump', 'volatility_rule'])), name='regime_model_kind'),
        ),
        migrations.AddConstraint(
            model_name='parameterset',
            constraint=models.UniqueConstraint(fields=('kind', 'fingerprint', 'name'), name='parameter_set_kind_fingerprint_name'),
        ),
        migrations.AddConstraint(
            model_name='parameterset',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['backtest', 'scan', 'regime', 'walk_forward'])), name='parameter_set_kind'),
        ),
        migrations.AddConstraint(
            model_name='parameterset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('x', None), ('y', None)), models.Q(('x__isnull', False), ('y__isnull', False), models.Q(('y', models.F('x')), _negated=True)), _connector='OR'), name='parameter_set_pair_has_two_legs'),
        ),
        migrations.AddIndex(
            model_name='pairtest',
            index=models.Index(fields=['run', 'q_value'], name='pair_test_run_q_value'),
        ),
        migrations.AddIndex(
            model_name='pairtest',
            index=models.Index(fields=['y', 'x'], name='pair_test_y_x'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.UniqueConstraint(fields=('run', 'y', 'x'), name='pair_test_run_y_x'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.CheckConstraint(condition=models.Q(('y', models.F('x')), _negated=True), name='pair_test_two_legs'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.CheckConstraint(condition=models.Q(('p_value__gte', 0), ('p_value__lte', 1)), name='pair_test_p_value'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.CheckConstraint(condition=models.Q(('p_value_two_directions__gte', 0), ('p_value_two_directions__lte', 1)), name='pair_test_p_value_two'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.CheckConstraint(condition=models.Q(('q_value__gte', 0), ('q_value__lte', 1)), name='pair_test_q_value'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.CheckConstraint(condition=models.Q(('half_life__gte', 0)), name='pair_test_half_life'),
        ),
        migrations.AddConstraint(
            model_name='pairtest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ok', 'collinear', 'constant', 'short', 'nonfinite'])), name='pair_test_status'),
        ),
        migrations.AddConstraint(
            model_name='pairstability',
            constraint=models.UniqueConstraint(fields=('run', 'y', 'x', 'window_end'), name='pair_stability_window'),
        ),
        migrations.AddConstraint(
            model_name='pairstability',
            constraint=models.CheckConstraint(condition=models.Q(('y', models.F('x')), _negated=True), name='pair_stability_two_legs'),
        ),
        migrations.AddConstraint(
            model_name='pairstability',
            constraint=models.CheckConstraint(condition=models.Q(('p_value__gte', 0), ('p_value__lte', 1)), name='pair_stability_p_value'),
        ),
        migrations.AddConstraint(
            model_name='ingestfile',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['running', 'done', 'failed', 'interrupted'])), name='ingest_file_status'),
        ),
        migrations.AddConstraint(
            model_name='ingestfile',
            constraint=models.CheckConstraint(condition=models.Q(('n_changed__gte', 0), ('n_inserted__gte', 0), ('rows_kept__gte', 0), ('rows_read__gte', 0), ('rows_rejected__gte', 0)), name='ingest_file_counts'),
        ),
        migrations.AddIndex(
            model_name='backtest',
            index=models.Index(fields=['y', 'x'], name='backtest_y_x'),
        ),
        migrations.AddConstraint(
            model_name='backtest',
            constraint=models.CheckConstraint(condition=models.Q(('y', models.F('x')), _negated=True), name='backtest_two_legs'),
        ),
        migrations.AddConstraint(
            model_name='backtest',
            constraint=models.CheckConstraint(condition=models.Q(('start__lte', models.F('end'))), name='backtest_starts_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='backtest',
            constraint=models.CheckConstraint(condition=models.Q(('max_drawdown__lte', 0)), name='backtest_max_drawdown'),
        ),
        migrations.AddConstraint(
            model_name='backtest',
            constraint=models.CheckConstraint(condition=models.Q(('win_rate__gte', 0), ('win_rate__lte', 1)), name='backtest_win_rate'),
        ),
        migrations.AddConstraint(
            model_name='backtest',
            constraint=models.CheckConstraint(condition=models.Q(('probabilistic_sharpe_ratio__gte', 0), ('probabilistic_sharpe_ratio__lte', 1)), name='backtest_probabilistic_sharpe'),
        ),
        migrations.AddConstraint(
            model_name='runartifact',
            constraint=models.UniqueConstraint(fields=('run', 'name'), name='run_artifact_name'),
        ),
        migrations.AddConstraint(
            model_name='tradingpair',
            constraint=models.UniqueConstraint(fields=('y', 'x'), name='trading_pair_y_x'),
        ),
        migrations.AddConstraint(
            model_name='tradingpair',
            constraint=models.CheckConstraint(condition=models.Q(('y', models.F('x')), _negated=True), name='trading_pair_two_legs'),
        ),
        migrations.AddConstraint(
            model_name='tradingpair',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['candidate', 'active', 'retired'])), name='trading_pair_status'),
        ),
        migrations.AddConstraint(
            model_name='tradingpair',
            constraint=models.CheckConstraint(condition=models.Q(('hedge_method__in', ['rolling_ols', 'fixed'])), name='trading_pair_hedge_method'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.UniqueConstraint(fields=('pair', 'session', 'parameters_fingerprint'), name='signal_pair_session_parameters'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('position__in', [-1, 0, 1])), name='signal_position'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('previous_position__in', [-1, 0, 1])), name='signal_previous_position'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('size_multiplier__gte', 0)), name='signal_size_multiplier'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['enter_long', 'enter_short', 'hold', 'exit', 'stay_out'])), name='signal_action'),
        ),
        migrations.AddConstraint(
            model_name='signal',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'superseded', 'closed'])), name='signal_status'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.UniqueConstraint(fields=('run', 'hypothesis'), name='trial_run_hypothesis'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('n_combinations__gt', 0)), name='trial_n_combinations'),
        ),
        migrations.AddConstraint(
            model_name='universemembership',
            constraint=models.UniqueConstraint(fields=('universe', 'instrument', 'start_on'), name='universe_membership_start'),
        ),
        migrations.AddConstraint(
            model_name='universemembership',
            constraint=models.CheckConstraint(condition=models.Q(('end_on', None), ('end_on__gte', models.F('start_on')), _connector='OR'), name='universe_membership_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='walkforward',
            constraint=models.CheckConstraint(condition=models.Q(('start__lte', models.F('end'))), name='walk_forward_starts_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='walkforward',
            constraint=models.CheckConstraint(condition=models.Q(('deflated_sharpe_ratio__gte', 0), ('deflated_sharpe_ratio__lte', 1)), name='walk_forward_deflated_sharpe_ratio'),
        ),
        migrations.AddConstraint(
            model_name='walkforward',
            constraint=models.CheckConstraint(condition=models.Q(('reality_check_p_value__gte', 0), ('reality_check_p_value__lte', 1)), name='walk_forward_reality_check_p_value'),
        ),
        migrations.AddConstraint(
            model_name='walkforward',
            constraint=models.CheckConstraint(condition=models.Q(('pbo__gte', 0), ('pbo__lte', 1)), name='walk_forward_pbo'),
        ),
        migrations.AddConstraint(
            model_name='walkforwardfold',
            constraint=models.UniqueConstraint(fields=('walk_forward', 'number'), name='walk_forward_fold_number'),
        ),
        migrations.AddConstraint(
            model_name='walkforwardfold',
            constraint=models.CheckConstraint(condition=models.Q(('test_start__lte', models.F('test_end')), ('train_start__lte', models.F('train_end'))), name='walk_forward_fold_windows'),
        ),
        migrations.AddConstraint(
            model_name='walkforwardfold',
            constraint=models.CheckConstraint(condition=models.Q(('train_end__lt', models.F('test_start'))), name='walk_forward_fold_trains_before_it_tests'),
        ),
    ]
